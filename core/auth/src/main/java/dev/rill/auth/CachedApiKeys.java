package dev.rill.auth;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.chat.socket.ApiKeyId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers for 30 s what {@link #find} has read, also that a key is unknown. So a revocation takes effect within 30 s,
 * and a key that was read within 30 s costs no request. The age counts from before the request to the store. Safe for
 * use by many threads; no lock is held during a request.
 */
public final class CachedApiKeys implements ApiKeys {

    /** For how long an answer of the store is used. */
    public static final Duration MAX_AGE = Duration.ofSeconds(30);

    private final ApiKeys store;
    private final InstantSource clock;

    @GuardedBy("this")
    private final Map<ApiKeyId, Answer> known;

    /** Apart from the known ones, which a flood of invented keys would otherwise push out. */
    @GuardedBy("this")
    private final Map<ApiKeyId, Answer> unknown;

    /**
     * Makes an empty cache.
     *
     * @param maxKeys how many known keys are remembered, and how many unknown ones; the least recently used are
     *     forgotten
     */
    public CachedApiKeys(ApiKeys store, InstantSource clock, int maxKeys) {
        this.store = store;
        this.clock = clock;
        this.known = new LeastRecentlyUsed<>(maxKeys);
        this.unknown = new LeastRecentlyUsed<>(maxKeys);
    }

    @Override
    public Optional<ApiKeyRecord> find(ApiKeyId id) {
        var now = clock.instant();
        var cached = recall(id, now);
        if (cached.isPresent()) {
            return cached.get().key();
        }
        var read = new Answer(store.find(id), now);
        remember(id, read);
        return read.key();
    }

    @Override
    public boolean create(ApiKeyRecord key) {
        try {
            return store.create(key);
        } finally {
            forget(key.id());
        }
    }

    /** Reads the store. */
    @Override
    public List<ApiKeyRecord> list() {
        return store.list();
    }

    @Override
    public Optional<ApiKeyRecord> revoke(ApiKeyId id) {
        try {
            return store.revoke(id);
        } finally {
            forget(id);
        }
    }

    private synchronized Optional<Answer> recall(ApiKeyId id, Instant now) {
        return Optional.ofNullable(known.get(id))
                .or(() -> Optional.ofNullable(unknown.get(id)))
                .filter(answer -> now.isBefore(answer.readAt().plus(MAX_AGE)));
    }

    private synchronized void remember(ApiKeyId id, Answer answer) {
        forget(id);
        (answer.key().isPresent() ? known : unknown).put(id, answer);
    }

    private synchronized void forget(ApiKeyId id) {
        known.remove(id);
        unknown.remove(id);
    }

    private record Answer(Optional<ApiKeyRecord> key, Instant readAt) {}
}
