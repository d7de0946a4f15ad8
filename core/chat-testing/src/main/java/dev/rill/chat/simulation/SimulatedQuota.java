package dev.rill.chat.simulation;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.simulation.Outside.Effect;
import dev.rill.chat.simulation.Outside.Faults;
import java.time.Instant;

/** The quota as one process reaches it: each request takes time, and may fail before or after it takes effect. */
public final class SimulatedQuota implements Quota {

    private static final Faults FAULTS = new Faults(Fault.QUOTA_REFUSES, Fault.QUOTA_ANSWER_LOST, Fault.QUOTA_TIMEOUT);

    private final Quota quota;
    private final Outside outside;

    /** @param quota the places, shared by all processes */
    public SimulatedQuota(Quota quota, SimulatedProcess process, Chaos chaos, Story story) {
        this.quota = quota;
        this.outside = new Outside(process, chaos, story);
    }

    @Override
    public Admission admitQueued(QuotaKey quotaKey, ResponseId id, Instant until) {
        return call("admit " + id, () -> quota.admitQueued(quotaKey, id, until));
    }

    @Override
    public void extend(QuotaKey quotaKey, ResponseId id, Instant until) {
        var _ = call("extend the place of " + id, () -> {
            quota.extend(quotaKey, id, until);
            return true;
        });
    }

    @Override
    public Admission admitRunning(QuotaKey quotaKey, ResponseId id, Instant until) {
        return call("let run " + id, () -> quota.admitRunning(quotaKey, id, until));
    }

    @Override
    public void release(QuotaKey quotaKey, ResponseId id) {
        var _ = call("release the place of " + id, () -> {
            quota.release(quotaKey, id);
            return true;
        });
    }

    private <T> T call(String what, Effect<T, RuntimeException> effect) {
        return outside.call(what, FAULTS, effect);
    }
}
