package dev.rill.auth;

import dev.rill.chat.socket.ApiKeyId;
import java.util.List;
import java.util.Optional;

/**
 * Port: the store of API keys, which are stored as hashes. What an adapter throws means that the store can't be
 * reached. Safe for use by many threads.
 */
public interface ApiKeys {

    /**
     * Stores a new key.
     *
     * @return false if this key is stored already, revoked or not; then nothing is changed
     */
    boolean create(ApiKeyRecord key);

    /** Returns the key with this id, also if it is revoked or expired; empty if there never was one. */
    Optional<ApiKeyRecord> find(ApiKeyId id);

    /** Returns the key with this hash, also if it is revoked or expired; empty if there never was one. */
    default Optional<ApiKeyRecord> findByHash(ApiKeyHash hash) {
        return find(hash.id()).filter(key -> key.hash().equals(hash));
    }

    /**
     * Returns all keys, the revoked and the expired ones, too, the oldest first; of the same age in the order of their
     * ids. For operators: it reads the whole store.
     */
    List<ApiKeyRecord> list();

    /**
     * Revokes a key for ever. A repetition keeps the first instant.
     *
     * @return the tombstone; empty if there is no such key
     */
    Optional<ApiKeyRecord> revoke(ApiKeyId id);
}
