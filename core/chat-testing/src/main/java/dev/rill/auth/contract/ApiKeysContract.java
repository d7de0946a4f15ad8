package dev.rill.auth.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.auth.ApiKey;
import dev.rill.auth.ApiKeyHash;
import dev.rill.auth.ApiKeyLifetime;
import dev.rill.auth.ApiKeyRecord;
import dev.rill.auth.ApiKeys;
import dev.rill.auth.LimitOverrides;
import dev.rill.chat.memory.ManualTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The contract of {@link ApiKeys}. */
public abstract class ApiKeysContract {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final ManualTime time = new ManualTime();
    private final SecureRandom random = new SecureRandom();

    /** Creates an adapter with this clock. Its store may contain keys of other tests. */
    protected abstract ApiKeys apiKeys(InstantSource time);

    @Test
    void createdKeyIsFoundByHashAndById() {
        var keys = apiKeys(time);
        var key = key("zoë 😀", Optional.empty(), LimitOverrides.NONE);

        assertThat(keys.create(key)).isTrue();

        assertThat(keys.findByHash(key.hash())).contains(key);
        assertThat(keys.find(key.id())).contains(key);
    }

    @Test
    void expiryAndLimitsAreStored() {
        var keys = apiKeys(time);
        var limits = Map.of(
                "running_responses",
                1L,
                "queued_responses",
                0L,
                "requests_per_minute",
                3L,
                "tokens_per_day",
                4L,
                "tokens_per_month",
                5_000_000_000L);
        var key = key("limited", Optional.of(time.instant().plus(MINUTE)), LimitOverrides.of(limits));
        keys.create(key);

        assertThat(keys.findByHash(key.hash())).contains(key);
    }

    @Test
    void expiredKeyIsStillFound() {
        var keys = apiKeys(time);
        var key = key("short", Optional.of(time.instant().plus(MINUTE)), LimitOverrides.NONE);
        keys.create(key);
        time.advance(MINUTE);

        assertThat(keys.findByHash(key.hash())).contains(key);
        assertThat(keys.list()).contains(key);
    }

    @Test
    void unknownKeyIsNotFound() {
        var keys = apiKeys(time);
        var hash = ApiKey.random(random).hash();

        assertThat(keys.findByHash(hash)).isEmpty();
        assertThat(keys.find(hash.id())).isEmpty();
        assertThat(keys.revoke(hash.id())).isEmpty();
        assertThat(keys.find(hash.id())).isEmpty();
    }

    @Test
    void keyWithTheSameIdAndAnotherHashIsNotFound() {
        var keys = apiKeys(time);
        var key = key("first", Optional.empty(), LimitOverrides.NONE);
        keys.create(key);
        var other = new ApiKeyHash(key.hash().hex().substring(0, 32) + "0".repeat(32));

        assertThat(keys.findByHash(other)).isEmpty();
    }

    @Test
    void secondCreationChangesNothing() {
        var keys = apiKeys(time);
        var key = key("first", Optional.empty(), LimitOverrides.NONE);
        keys.create(key);
        var second = new ApiKeyRecord(
                key.hash(), ApiKeyRecord.subjectOf("thief"), "second", key.lifetime(), LimitOverrides.NONE);

        assertThat(keys.create(second)).isFalse();

        assertThat(keys.find(key.id())).contains(key);
    }

    @Test
    void revokedKeyStaysAsATombstone() {
        var keys = apiKeys(time);
        var key = key("revoked", Optional.empty(), LimitOverrides.of(Map.of("tokens_per_day", 1L)));
        keys.create(key);
        time.advance(MINUTE);
        var tombstone = key.revokedAt(time.instant());

        assertThat(keys.revoke(key.id())).contains(tombstone);

        assertThat(tombstone.revoked()).isTrue();
        assertThat(keys.findByHash(key.hash())).contains(tombstone);
        assertThat(keys.list()).contains(tombstone);
    }

    @Test
    void revokedKeyIsNotCreatedAgain() {
        var keys = apiKeys(time);
        var key = key("revoked", Optional.empty(), LimitOverrides.NONE);
        keys.create(key);
        keys.revoke(key.id());

        assertThat(keys.create(key)).isFalse();

        assertThat(keys.find(key.id()).map(ApiKeyRecord::revoked)).contains(true);
    }

    @Test
    void secondRevocationKeepsTheFirstInstant() {
        var keys = apiKeys(time);
        var key = key("revoked", Optional.empty(), LimitOverrides.NONE);
        keys.create(key);
        var first = keys.revoke(key.id());
        time.advance(MINUTE);

        assertThat(keys.revoke(key.id())).isEqualTo(first);
    }

    @Test
    void keysAreListedFromTheOldestOn() {
        var keys = apiKeys(time);
        var second = key("second", Optional.empty(), LimitOverrides.NONE);
        time.advance(Duration.ofMillis(-1));
        var first = key("first", Optional.empty(), LimitOverrides.NONE);
        keys.create(second);
        keys.create(first);

        assertThat(keys.list()).containsSubsequence(first, second);
    }

    private ApiKeyRecord key(String name, Optional<Instant> expiresAt, LimitOverrides limits) {
        return new ApiKeyRecord(
                ApiKey.random(random).hash(),
                ApiKeyRecord.subjectOf(name),
                name,
                new ApiKeyLifetime(time.instant(), expiresAt, Optional.empty()),
                limits);
    }
}
