/** {@code rill bench}: the time that Rill adds to the model's own. */
@NullMarked
package dev.rill.load.bench;

import org.jspecify.annotations.NullMarked;
