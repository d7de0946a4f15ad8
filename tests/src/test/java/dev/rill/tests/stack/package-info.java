/** Tests of the complete local stack, started by {@code rill up} and used over HTTP and WebSocket. */
@NullMarked
package dev.rill.tests.stack;

import org.jspecify.annotations.NullMarked;
