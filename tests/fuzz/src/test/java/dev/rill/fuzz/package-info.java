/** Coverage-guided fuzzing of every parser that reads data from outside its process. */
@NullMarked
package dev.rill.fuzz;

import org.jspecify.annotations.NullMarked;
