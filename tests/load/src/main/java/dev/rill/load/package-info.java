/** The commands that measure Rill and check it under load. They are clients: they use Rill over the wire alone. */
@NullMarked
package dev.rill.load;

import org.jspecify.annotations.NullMarked;
