/** Measures Rill, and checks it under load, as a client: over the wire alone. */
@NullMarked
package dev.rill.load;

import org.jspecify.annotations.NullMarked;
