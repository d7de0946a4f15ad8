package dev.rill.aws.function;

import dev.rill.chat.quota.Limits;
import java.util.Map;
import java.util.Optional;

/** The parameters of the deployment's {@link Limits}. */
final class LimitParameters {

    private LimitParameters() {}

    /**
     * Reads {@code MaxRunningPerSubject}, {@code MaxQueuedPerSubject}, {@code RequestsPerMinutePerSubject},
     * {@code TokensPerDayPerSubject} and {@code TokensPerMonthPerSubject}, where 0 means no limit, and
     * {@code BudgetedOutputTokens}, at least 1. One that is missing or empty has the default of the template: 10, 50,
     * 0, 0, 0 and {@value Limits#DEFAULT_OUTPUT_TOKENS}.
     *
     * @throws IllegalArgumentException if a value is wrong; the message is one line that says what to give
     */
    static Limits read(Map<String, String> parameters) {
        return new Limits(
                limit(parameters, "MaxRunningPerSubject", 10),
                limit(parameters, "MaxQueuedPerSubject", 50),
                limit(parameters, "RequestsPerMinutePerSubject", 0),
                limit(parameters, "TokensPerDayPerSubject", 0),
                limit(parameters, "TokensPerMonthPerSubject", 0),
                whole(parameters, "BudgetedOutputTokens", Limits.DEFAULT_OUTPUT_TOKENS, 1, "a whole number from 1 on"));
    }

    private static long limit(Map<String, String> parameters, String name, long otherwise) {
        return whole(parameters, name, otherwise, 0, "a whole number, or 0 for no limit,");
    }

    private static long whole(
            Map<String, String> parameters, String name, long otherwise, long least, String expected) {
        var text = Optional.ofNullable(parameters.get(name)).map(String::strip).orElse("");
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            var number = Long.parseLong(text);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException _) {
            // The message below covers small numbers as well.
        }
        throw new IllegalArgumentException(name + ": give " + expected + " instead of '" + text + "'");
    }
}
