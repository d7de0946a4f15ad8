/**
 * Tests of {@code template.yaml}: against rules of AWS that no linter checks, and against the code in the zips that it
 * deploys.
 */
@NullMarked
package dev.rill.tests.template;

import org.jspecify.annotations.NullMarked;
