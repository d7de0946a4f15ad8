/**
 * One attempt at one response: the model's events are merged, numbered, logged and delivered. Used by the flow alone.
 */
@NullMarked
package dev.rill.chat.answer;

import org.jspecify.annotations.NullMarked;
