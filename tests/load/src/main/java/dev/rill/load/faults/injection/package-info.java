/** Faults that are injected while prompts are answered, and what each of them excuses. */
@NullMarked
package dev.rill.load.faults.injection;

import org.jspecify.annotations.NullMarked;
