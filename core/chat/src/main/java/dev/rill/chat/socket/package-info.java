/** The ports to clients: connections, sockets, and the sink of one response's events. */
@NullMarked
package dev.rill.chat.socket;

import org.jspecify.annotations.NullMarked;
