/** The answer as a streamed HTTP response. */
@NullMarked
package dev.rill.stream;

import org.jspecify.annotations.NullMarked;
