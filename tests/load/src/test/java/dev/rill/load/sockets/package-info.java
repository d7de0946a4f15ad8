@NullMarked
package dev.rill.load.sockets;

import org.jspecify.annotations.NullMarked;
