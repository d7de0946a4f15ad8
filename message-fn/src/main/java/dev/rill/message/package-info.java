/** A client message becomes a queued prompt, or an answer at once. */
@NullMarked
package dev.rill.message;

import org.jspecify.annotations.NullMarked;
