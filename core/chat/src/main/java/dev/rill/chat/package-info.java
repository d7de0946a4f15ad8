/** The flow of a response, from the request to the terminal event. Uses all packages below it. */
@NullMarked
package dev.rill.chat;

import org.jspecify.annotations.NullMarked;
