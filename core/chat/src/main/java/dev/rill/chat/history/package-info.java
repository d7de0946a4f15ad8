/** Conversations: their earlier turns, their limits, and the requests to the model. */
@NullMarked
package dev.rill.chat.history;

import org.jspecify.annotations.NullMarked;
