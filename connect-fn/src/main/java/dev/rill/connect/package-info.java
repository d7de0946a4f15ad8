/** {@code $connect} and {@code $disconnect}: who is on which socket. */
@NullMarked
package dev.rill.connect;

import org.jspecify.annotations.NullMarked;
