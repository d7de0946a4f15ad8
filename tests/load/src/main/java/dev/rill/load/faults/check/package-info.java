/** Judges every prompt after a scenario: by its client, by Rill's log and by the model's statistics. */
@NullMarked
package dev.rill.load.faults.check;

import org.jspecify.annotations.NullMarked;
