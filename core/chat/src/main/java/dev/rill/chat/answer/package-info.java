/**
 * One attempt at one response: merges, numbers, logs and delivers the model's events. Only the flow may use this
 * package.
 */
@NullMarked
package dev.rill.chat.answer;

import org.jspecify.annotations.NullMarked;
