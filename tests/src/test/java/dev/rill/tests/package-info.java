/** Whole-system tests. They read what was built: run them by {@code mvn verify}, or after {@code mvn package}. */
@NullMarked
package dev.rill.tests;

import org.jspecify.annotations.NullMarked;
