package dev.rill.auth.memory;

import dev.rill.auth.ApiKeyRecord;
import dev.rill.auth.ApiKeys;
import dev.rill.chat.socket.ApiKeyId;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** {@link ApiKeys} in memory, for tests within one process. Safe for use by many threads. */
public final class InMemoryApiKeys implements ApiKeys {

    private final ConcurrentHashMap<ApiKeyId, ApiKeyRecord> keys = new ConcurrentHashMap<>();
    private final InstantSource clock;

    public InMemoryApiKeys(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public boolean create(ApiKeyRecord key) {
        return keys.putIfAbsent(key.id(), key) == null;
    }

    @Override
    public Optional<ApiKeyRecord> find(ApiKeyId id) {
        return Optional.ofNullable(keys.get(id));
    }

    @Override
    public List<ApiKeyRecord> list() {
        return keys.values().stream()
                .sorted(Comparator.comparing(ApiKeyRecord::createdAt)
                        .thenComparing(key -> key.id().value()))
                .toList();
    }

    @Override
    public Optional<ApiKeyRecord> revoke(ApiKeyId id) {
        return Optional.ofNullable(keys.computeIfPresent(id, (_, key) -> key.revokedAt(clock.instant())));
    }
}
