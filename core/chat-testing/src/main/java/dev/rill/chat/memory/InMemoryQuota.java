package dev.rill.chat.memory;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Account.Change;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Overdue;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Settlement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A {@link Quota} in memory, for tests within one process. Safe for use by many threads. */
public final class InMemoryQuota implements Quota {

    private final Map<QuotaKey, Account> accounts = new HashMap<>();
    private final InstantSource clock;

    public InMemoryQuota(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public Admission admitQueued(Candidate candidate) {
        return change(candidate.quotaKey(), account -> account.admitQueued(candidate, clock.instant()));
    }

    @Override
    public Admission admitInline(Candidate candidate) {
        return change(candidate.quotaKey(), account -> account.admitInline(candidate, clock.instant()));
    }

    @Override
    public boolean admitRunning(QuotaKey quotaKey, ResponseId id, Instant until, long limit) {
        return change(quotaKey, account -> account.admitRunning(id, until, limit, clock.instant()));
    }

    @Override
    public void extend(QuotaKey quotaKey, ResponseId id, Instant until) {
        update(quotaKey, account -> account.extend(id, until));
    }

    @Override
    public void settle(QuotaKey quotaKey, ResponseId id, Optional<Settlement> settlement) {
        update(quotaKey, account -> account.settle(id, settlement, clock.instant()));
    }

    @Override
    public void cancel(QuotaKey quotaKey, Overdue abandoned) {
        update(quotaKey, account -> account.cancel(abandoned));
    }

    @Override
    public void keep(QuotaKey quotaKey, ResponseId id, Instant until) {
        update(quotaKey, account -> account.keep(id, until));
    }

    @Override
    public synchronized Account account(QuotaKey quotaKey) {
        return accounts.getOrDefault(quotaKey, Account.EMPTY);
    }

    /** Whether a response has a place now. */
    public synchronized boolean hasPlace(ResponseId id) {
        var now = clock.instant();
        return accounts.values().stream()
                .flatMap(account -> Stream.of(account.running(), account.queued()))
                .map(places -> places.getOrDefault(id, Instant.MIN))
                .anyMatch(now::isBefore);
    }

    /** Returns the accounts of all clients. */
    public synchronized Map<QuotaKey, Account> accounts() {
        return Map.copyOf(accounts);
    }

    private void update(QuotaKey quotaKey, UnaryOperator<Account> change) {
        var _ = change(quotaKey, account -> new Change<>(change.apply(account), true));
    }

    private synchronized <T> T change(QuotaKey quotaKey, Function<Account, Change<T>> change) {
        var changed = change.apply(account(quotaKey));
        accounts.put(quotaKey, changed.account());
        return changed.outcome();
    }
}
