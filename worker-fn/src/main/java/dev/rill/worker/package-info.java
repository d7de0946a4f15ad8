/** A queued prompt becomes events on the socket. */
@NullMarked
package dev.rill.worker;

import org.jspecify.annotations.NullMarked;
