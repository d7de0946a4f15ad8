/** A conversation: its earlier turns, their limits, and what the model is sent of them. */
@NullMarked
package dev.rill.chat.history;

import org.jspecify.annotations.NullMarked;
