package dev.rill.auth;

import dev.rill.chat.quota.Limits;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Limits of one API key where they differ from those of the deployment. An empty value leaves the deployment's limit; 0
 * means no limit.
 *
 * @param runningResponses responses that are being answered at once
 * @param queuedResponses responses that wait for a worker
 * @param requestsPerMinute accepted requests
 * @param tokensPerDay input and output tokens together
 * @param tokensPerMonth input and output tokens together
 */
public record LimitOverrides(
        OptionalLong runningResponses,
        OptionalLong queuedResponses,
        OptionalLong requestsPerMinute,
        OptionalLong tokensPerDay,
        OptionalLong tokensPerMonth) {

    private static final String RUNNING = "running_responses";
    private static final String QUEUED = "queued_responses";
    private static final String REQUESTS = "requests_per_minute";
    private static final String DAY = "tokens_per_day";
    private static final String MONTH = "tokens_per_month";

    /** Every limit is the deployment's. */
    public static final LimitOverrides NONE = of(Map.of());

    /** @throws IllegalArgumentException if a limit is negative */
    public LimitOverrides {
        if (Stream.of(runningResponses, queuedResponses, requestsPerMinute, tokensPerDay, tokensPerMonth)
                .anyMatch(limit -> limit.orElse(0) < 0)) {
            throw new IllegalArgumentException("a limit is 0 (no limit) or more");
        }
    }

    /**
     * The overrides of a map such as {@code {"tokens_per_day": 100000}}. Ignores names that this version does not know,
     * so that it reads what a later version has stored.
     *
     * @throws IllegalArgumentException if a limit is negative
     */
    public static LimitOverrides of(Map<String, Long> limits) {
        return new LimitOverrides(
                find(limits, RUNNING),
                find(limits, QUEUED),
                find(limits, REQUESTS),
                find(limits, DAY),
                find(limits, MONTH));
    }

    /** Returns the limits of a deployment with those of the key in their place. */
    public Limits applyTo(Limits deployment) {
        return new Limits(
                runningResponses.orElse(deployment.running()),
                queuedResponses.orElse(deployment.queued()),
                requestsPerMinute.orElse(deployment.requestsPerMinute()),
                tokensPerDay.orElse(deployment.tokensPerDay()),
                tokensPerMonth.orElse(deployment.tokensPerMonth()),
                deployment.outputTokens());
    }

    /** The overrides by their names, in snake case; without those that are empty. */
    public Map<String, Long> toMap() {
        var limits = new TreeMap<String, Long>();
        runningResponses.ifPresent(limit -> limits.put(RUNNING, limit));
        queuedResponses.ifPresent(limit -> limits.put(QUEUED, limit));
        requestsPerMinute.ifPresent(limit -> limits.put(REQUESTS, limit));
        tokensPerDay.ifPresent(limit -> limits.put(DAY, limit));
        tokensPerMonth.ifPresent(limit -> limits.put(MONTH, limit));
        return limits;
    }

    private static OptionalLong find(Map<String, Long> limits, String name) {
        return Optional.ofNullable(limits.get(name)).map(OptionalLong::of).orElse(OptionalLong.empty());
    }
}
