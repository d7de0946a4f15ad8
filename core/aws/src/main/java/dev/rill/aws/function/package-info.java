/** What the functions share of their start: environment, secrets, priming and telemetry. */
@NullMarked
package dev.rill.aws.function;

import org.jspecify.annotations.NullMarked;
