/** Signals for operators, and the clock, locks and threads of the flow. */
@NullMarked
package dev.rill.chat.ops;

import org.jspecify.annotations.NullMarked;
