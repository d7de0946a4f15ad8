/** The operator's commands: {@code ./rill keys} and {@code ./rill usage}. */
@NullMarked
package dev.rill.operator;

import org.jspecify.annotations.NullMarked;
