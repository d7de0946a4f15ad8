/** {@code rill load}: many sockets, one prompt on each, all at once. */
@NullMarked
package dev.rill.load.sockets;

import org.jspecify.annotations.NullMarked;
