package dev.rill.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.auth.contract.ApiKeysContract;
import dev.rill.auth.memory.InMemoryApiKeys;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.socket.ApiKeyId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A cache keeps the contract of the store behind it. */
class CachedApiKeysTest extends ApiKeysContract {

    private static final int MAX_KEYS = 10;

    private final ManualTime time = new ManualTime();
    private final Random random = new Random(1);
    private final CountingKeys store = new CountingKeys(new InMemoryApiKeys(time), time);
    private final CachedApiKeys keys = new CachedApiKeys(store, time, MAX_KEYS);
    private final ApiKeyIssuer issuer = new ApiKeyIssuer(store, random, time);

    @Override
    protected ApiKeys apiKeys(InstantSource clock) {
        return new CachedApiKeys(new InMemoryApiKeys(clock), clock, MAX_KEYS);
    }

    @Test
    void knownKeyIsReadOnceInThirtySeconds() {
        var key = newKey();
        keys.findByHash(key.hash());
        time.advance(Duration.ofSeconds(30).minusMillis(1));

        assertThat(keys.findByHash(key.hash())).contains(key);
        assertThat(store.reads).isEqualTo(1);

        time.advance(Duration.ofMillis(1));
        assertThat(keys.findByHash(key.hash())).contains(key);
        assertThat(store.reads).isEqualTo(2);
    }

    @Test
    void unknownKeyIsReadOnceInThirtySeconds() {
        var hash = ApiKey.random(random).hash();
        keys.findByHash(hash);
        keys.findByHash(hash);
        assertThat(store.reads).isEqualTo(1);

        time.advance(Duration.ofSeconds(30));
        keys.findByHash(hash);
        assertThat(store.reads).isEqualTo(2);
    }

    @Test
    void revocationElsewhereIsSeenWithinThirtySeconds() {
        var key = newKey();
        keys.findByHash(key.hash());
        store.revoke(key.id());
        // Uses do not prolong the life of what was read.
        for (int i = 0; i < 3; i++) {
            time.advance(Duration.ofSeconds(10));
            keys.findByHash(key.hash());
        }

        assertThat(keys.findByHash(key.hash()).map(ApiKeyRecord::revoked)).contains(true);
    }

    @Test
    void ageCountsFromBeforeTheStoreWasAsked() {
        var key = newKey();
        store.delay = Duration.ofSeconds(20);
        keys.findByHash(key.hash());
        store.revoke(key.id());
        time.advance(Duration.ofSeconds(10));

        assertThat(keys.findByHash(key.hash()).map(ApiKeyRecord::revoked)).contains(true);
    }

    @Test
    void revocationHereIsSeenAtOnce() {
        var key = newKey();
        keys.findByHash(key.hash());
        keys.revoke(key.id());

        assertThat(keys.findByHash(key.hash()).map(ApiKeyRecord::revoked)).contains(true);
    }

    @Test
    void floodOfUnknownKeysPushesOutNoKnownOne() {
        var key = newKey();
        keys.findByHash(key.hash());
        for (int i = 0; i < 10 * MAX_KEYS; i++) {
            keys.findByHash(ApiKey.random(random).hash());
        }
        store.reads = 0;

        assertThat(keys.findByHash(key.hash())).contains(key);
        assertThat(store.reads).isZero();
    }

    @Test
    void leastRecentlyUsedKeyIsForgotten() {
        var first = newKey();
        var second = newKey();
        keys.findByHash(first.hash());
        keys.findByHash(second.hash());
        keys.findByHash(first.hash());
        for (int i = 0; i < MAX_KEYS - 1; i++) {
            keys.findByHash(newKey().hash());
        }
        store.reads = 0;

        keys.findByHash(first.hash());
        assertThat(store.reads).isZero();
        keys.findByHash(second.hash());
        assertThat(store.reads).isEqualTo(1);
    }

    private ApiKeyRecord newKey() {
        return issuer.issue("alice", "laptop", Optional.empty(), LimitOverrides.NONE)
                .record();
    }

    private static final class CountingKeys implements ApiKeys {

        private final ApiKeys store;
        private final ManualTime time;
        private int reads;
        private Duration delay = Duration.ZERO;

        CountingKeys(ApiKeys store, ManualTime time) {
            this.store = store;
            this.time = time;
        }

        @Override
        public boolean create(ApiKeyRecord key) {
            return store.create(key);
        }

        @Override
        public Optional<ApiKeyRecord> find(ApiKeyId id) {
            reads++;
            var found = store.find(id);
            time.advance(delay);
            return found;
        }

        @Override
        public List<ApiKeyRecord> list() {
            return store.list();
        }

        @Override
        public Optional<ApiKeyRecord> revoke(ApiKeyId id) {
            return store.revoke(id);
        }
    }
}
