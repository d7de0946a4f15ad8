/** A Runtime API for tests: handlers are driven by the real loop, over the wire. */
@NullMarked
package dev.rill.streaming.testing;

import org.jspecify.annotations.NullMarked;
