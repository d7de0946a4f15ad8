/** connect-fn: stores connections when sockets open and removes them when they close. */
@NullMarked
package dev.rill.connect;

import org.jspecify.annotations.NullMarked;
