/** What an operator sees, and the time that the flow runs on. */
@NullMarked
package dev.rill.chat.ops;

import org.jspecify.annotations.NullMarked;
