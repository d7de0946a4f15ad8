package dev.rill.chat.memory;

import dev.rill.chat.log.ChatKey;
import dev.rill.chat.log.CurrentResponse;
import dev.rill.chat.log.CurrentResponses;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** {@link CurrentResponses} in memory, for tests within one process. Safe for use by many threads. */
public final class InMemoryCurrentResponses implements CurrentResponses {

    private final ConcurrentHashMap<ChatKey, Stored> chats = new ConcurrentHashMap<>();
    private final InstantSource clock;

    public InMemoryCurrentResponses(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public void put(ChatKey chat, CurrentResponse response, Instant expiresAt) {
        chats.put(chat, new Stored(response, expiresAt));
    }

    @Override
    public Optional<CurrentResponse> find(ChatKey chat) {
        return Optional.ofNullable(chats.get(chat))
                .filter(stored -> clock.instant().isBefore(stored.expiresAt()))
                .map(Stored::response);
    }

    private record Stored(CurrentResponse response, Instant expiresAt) {}
}
