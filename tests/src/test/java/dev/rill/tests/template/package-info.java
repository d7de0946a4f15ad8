/** {@code template.yaml} against AWS's rules that no linter knows, and against the code in the zips that it deploys. */
@NullMarked
package dev.rill.tests.template;

import org.jspecify.annotations.NullMarked;
