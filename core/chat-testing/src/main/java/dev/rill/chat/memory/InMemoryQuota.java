package dev.rill.chat.memory;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.QuotaKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** A {@link Quota} in memory, for tests within one process. Safe for use by many threads. */
public final class InMemoryQuota implements Quota {

    private final Map<QuotaKey, Map<ResponseId, Instant>> running = new HashMap<>();
    private final Map<QuotaKey, Map<ResponseId, Instant>> queued = new HashMap<>();
    private final InstantSource clock;
    private final int maxRunning;
    private final int maxQueued;

    public InMemoryQuota(InstantSource clock, int maxRunning, int maxQueued) {
        this.clock = clock;
        this.maxRunning = maxRunning;
        this.maxQueued = maxQueued;
    }

    @Override
    public synchronized Admission admitQueued(QuotaKey quotaKey, ResponseId id, Instant until) {
        var admission = admit(queued, quotaKey, id, maxQueued);
        if (admission == Admission.ADMITTED) {
            of(queued, quotaKey).putIfAbsent(id, until);
        }
        return admission;
    }

    @Override
    public synchronized void extend(QuotaKey quotaKey, ResponseId id, Instant until) {
        of(queued, quotaKey).computeIfPresent(id, (_, _) -> until);
    }

    @Override
    public synchronized Admission admitRunning(QuotaKey quotaKey, ResponseId id, Instant until) {
        var admission = admit(running, quotaKey, id, maxRunning);
        if (admission == Admission.ADMITTED) {
            of(running, quotaKey).put(id, until);
            of(queued, quotaKey).remove(id);
        }
        return admission;
    }

    @Override
    public synchronized void release(QuotaKey quotaKey, ResponseId id) {
        of(running, quotaKey).remove(id);
        of(queued, quotaKey).remove(id);
    }

    /** Whether a response has a place now. */
    public synchronized boolean hasPlace(ResponseId id) {
        var now = clock.instant();
        return Stream.of(running, queued)
                .flatMap(all -> all.values().stream())
                .map(places -> places.getOrDefault(id, Instant.MIN))
                .anyMatch(now::isBefore);
    }

    private Admission admit(Map<QuotaKey, Map<ResponseId, Instant>> all, QuotaKey quotaKey, ResponseId id, int limit) {
        var places = of(all, quotaKey);
        places.values().removeIf(expiry -> !clock.instant().isBefore(expiry));
        if (!places.containsKey(id) && places.size() >= limit) {
            return Admission.FULL;
        }
        return Admission.ADMITTED;
    }

    private static Map<ResponseId, Instant> of(Map<QuotaKey, Map<ResponseId, Instant>> all, QuotaKey quotaKey) {
        return all.computeIfAbsent(quotaKey, _ -> new HashMap<>());
    }
}
