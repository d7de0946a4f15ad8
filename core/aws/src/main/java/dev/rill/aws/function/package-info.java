/** What the functions share: ports, environment variables, secrets, priming and telemetry. */
@NullMarked
package dev.rill.aws.function;

import org.jspecify.annotations.NullMarked;
