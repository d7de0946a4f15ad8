package dev.rill.chat.simulation;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Overdue;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.simulation.Outside.Effect;
import dev.rill.chat.simulation.Outside.Faults;
import java.time.Instant;
import java.util.Optional;

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
    public Admission admitQueued(Candidate candidate) {
        return call("admit " + candidate.id(), () -> quota.admitQueued(candidate));
    }

    @Override
    public Admission admitInline(Candidate candidate) {
        return call("admit " + candidate.id(), () -> quota.admitInline(candidate));
    }

    @Override
    public boolean admitRunning(QuotaKey quotaKey, ResponseId id, Instant until, long limit) {
        return call("let run " + id, () -> quota.admitRunning(quotaKey, id, until, limit));
    }

    @Override
    public void extend(QuotaKey quotaKey, ResponseId id, Instant until) {
        run("extend the place of " + id, () -> quota.extend(quotaKey, id, until));
    }

    @Override
    public void settle(QuotaKey quotaKey, ResponseId id, Optional<Settlement> settlement) {
        run("settle " + id, () -> quota.settle(quotaKey, id, settlement));
    }

    @Override
    public void cancel(QuotaKey quotaKey, Overdue abandoned) {
        run("cancel the reservation of " + abandoned.id(), () -> quota.cancel(quotaKey, abandoned));
    }

    @Override
    public void keep(QuotaKey quotaKey, ResponseId id, Instant until) {
        run("keep the reservation of " + id, () -> quota.keep(quotaKey, id, until));
    }

    @Override
    public Account account(QuotaKey quotaKey) {
        return call("read the account of " + quotaKey.value(), () -> quota.account(quotaKey));
    }

    private void run(String what, Runnable effect) {
        var _ = call(what, () -> {
            effect.run();
            return true;
        });
    }

    private <T> T call(String what, Effect<T, RuntimeException> effect) {
        return outside.call(what, FAULTS, effect);
    }
}
