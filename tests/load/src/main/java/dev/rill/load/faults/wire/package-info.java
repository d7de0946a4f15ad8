/** Rill as a client reaches it: sockets, HTTP streams, messages and events. */
@NullMarked
package dev.rill.load.faults.wire;

import org.jspecify.annotations.NullMarked;
