/** message-fn: takes the messages that clients send on their sockets. */
@NullMarked
package dev.rill.message;

import org.jspecify.annotations.NullMarked;
