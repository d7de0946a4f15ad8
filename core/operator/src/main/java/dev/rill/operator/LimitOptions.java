package dev.rill.operator;

import dev.rill.auth.LimitOverrides;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The limits of a key where they differ from those of the deployment. */
final class LimitOptions {

    @Option(
            names = "--requests-per-minute",
            paramLabel = "N",
            description = "Requests that are accepted in a minute; 0 for no limit. This limit and the next ones are the"
                    + " deployment's where they are not given, and count all requests of the subject.")
    private @Nullable Long requestsPerMinute;

    @Option(
            names = "--tokens-per-day",
            paramLabel = "N",
            description = "Input and output tokens in a day of UTC; 0 for no limit.")
    private @Nullable Long tokensPerDay;

    @Option(
            names = "--tokens-per-month",
            paramLabel = "N",
            description = "Input and output tokens in a calendar month of UTC; 0 for no limit.")
    private @Nullable Long tokensPerMonth;

    @Option(
            names = "--running",
            paramLabel = "N",
            description = "Responses that are answered at once; 0 for 999, the most.")
    private @Nullable Long running;

    @Option(
            names = "--queued",
            paramLabel = "N",
            description = "Responses that wait for a worker; 0 for 999, the most.")
    private @Nullable Long queued;

    /** @throws IllegalArgumentException if a limit is negative */
    LimitOverrides limits() {
        return new LimitOverrides(
                optional(running),
                optional(queued),
                optional(requestsPerMinute),
                optional(tokensPerDay),
                optional(tokensPerMonth));
    }

    private static OptionalLong optional(@Nullable Long limit) {
        return limit == null ? OptionalLong.empty() : OptionalLong.of(limit);
    }
}
