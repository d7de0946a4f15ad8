/** The clients of {@code examples/}, run as a reader of the repository runs them. */
@NullMarked
package dev.rill.tests.examples;

import org.jspecify.annotations.NullMarked;
