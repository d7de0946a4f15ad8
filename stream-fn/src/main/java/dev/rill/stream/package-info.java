/** stream-fn: the HTTP API, whose responses are streamed. */
@NullMarked
package dev.rill.stream;

import org.jspecify.annotations.NullMarked;
