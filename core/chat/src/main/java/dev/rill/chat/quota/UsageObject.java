package dev.rill.chat.quota;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.socket.Subject;
import java.time.Instant;

/**
 * The JSON object of what a client has used. Instants are seconds since 1970. The tokens of a period are those of the
 * responses that have ended in it; those of the others are in {@code reserved_tokens}.
 */
public final class UsageObject {

    private UsageObject() {}

    /**
     * Returns the object with limits.
     *
     * @param account at any instant
     */
    public static ObjectNode of(Subject subject, Account account, Limits limits, Instant now) {
        var usage = of(subject, account, now);
        var current = account.at(now);
        addLimit(usage, "day", limits.tokensPerDay(), current.dayCommitted());
        addLimit(usage, "month", limits.tokensPerMonth(), current.monthCommitted());
        addLimit(usage, "minute", limits.requestsPerMinute(), current.minute().requests());
        addLimit(usage, "running", limits.running());
        addLimit(usage, "queued", limits.queued());
        return usage;
    }

    /**
     * Returns the object without limits, for a reader who does not know them.
     *
     * @param account at any instant
     */
    public static ObjectNode of(Subject subject, Account account, Instant now) {
        var current = account.at(now);
        var usage = Json.object().put("object", "usage").put("subject", subject.value());
        addPeriod(usage.putObject("day"), "date", current.day(), current.dayEnd());
        addPeriod(usage.putObject("month"), "month", current.month(), current.monthEnd());
        usage.put("reserved_tokens", current.reservedTokens());
        usage.putObject("minute")
                .put("requests", current.minute().requests())
                .put("resets_at", current.minuteEnd().getEpochSecond());
        usage.putObject("running")
                .put("count", Account.unexpired(current.running(), now).size());
        usage.putObject("queued")
                .put("count", Account.unexpired(current.queued(), now).size());
        return usage;
    }

    private static void addPeriod(ObjectNode object, String name, Period period, Instant end) {
        object.put(name, period.name())
                .put("requests", period.requests())
                .put("input_tokens", period.reported().input())
                .put("output_tokens", period.reported().output())
                .put("cached_tokens", period.reported().cached())
                .put("reasoning_tokens", period.reported().reasoning())
                .put("estimated_input_tokens", period.estimated().input())
                .put("estimated_output_tokens", period.estimated().output())
                .put("stops", period.stops())
                .put("resets_at", end.getEpochSecond());
    }

    private static void addLimit(ObjectNode usage, String name, long limit, long used) {
        addLimit(usage, name, limit);
        var object = usage.withObject("/" + name);
        if (limit == 0) {
            object.putNull("remaining");
        } else {
            object.put("remaining", Math.max(0, limit - used));
        }
    }

    private static void addLimit(ObjectNode usage, String name, long limit) {
        var object = usage.withObject("/" + name);
        if (limit == 0) {
            object.putNull("limit");
        } else {
            object.put("limit", limit);
        }
    }
}
