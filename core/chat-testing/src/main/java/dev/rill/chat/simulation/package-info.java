/** Time that a seed decides: which thread runs next, and how late it is. */
@NullMarked
package dev.rill.chat.simulation;

import org.jspecify.annotations.NullMarked;
