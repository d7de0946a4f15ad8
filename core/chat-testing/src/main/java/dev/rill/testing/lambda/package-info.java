/** What tests of a function's handler need in place of Lambda. */
@NullMarked
package dev.rill.testing.lambda;

import org.jspecify.annotations.NullMarked;
