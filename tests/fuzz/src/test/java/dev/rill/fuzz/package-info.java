/** Coverage-guided fuzzing of everything that reads what others send. */
@NullMarked
package dev.rill.fuzz;

import org.jspecify.annotations.NullMarked;
