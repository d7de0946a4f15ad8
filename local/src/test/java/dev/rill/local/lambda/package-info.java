/** The Lambda service, tested with real processes. */
@NullMarked
package dev.rill.local.lambda;

import org.jspecify.annotations.NullMarked;
