/** The operator's commands: {@code ./rill keys}. */
@NullMarked
package dev.rill.operator;

import org.jspecify.annotations.NullMarked;
