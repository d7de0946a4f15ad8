/**
 * Whole-system tests. They read the modules' classes and zips: run {@code mvn verify}, or {@code mvn package} first.
 */
@NullMarked
package dev.rill.tests;

import org.jspecify.annotations.NullMarked;
