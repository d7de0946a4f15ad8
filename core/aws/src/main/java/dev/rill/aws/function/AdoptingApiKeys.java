package dev.rill.aws.function;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.auth.ApiKey;
import dev.rill.auth.ApiKeyIssuer;
import dev.rill.auth.ApiKeyRecord;
import dev.rill.auth.ApiKeys;
import dev.rill.chat.socket.ApiKeyId;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A store that knows the deployment's first key, too: it is created when it is first looked for. A revoked first key
 * stays revoked, because its tombstone is found. Safe for use by many threads if the store is.
 */
final class AdoptingApiKeys implements ApiKeys {

    /** The name of the first key, and with {@code key:} its subject. */
    static final String FIRST = "first";

    private final ApiKeys store;
    private final Supplier<Optional<ApiKey>> firstKey;
    private final ApiKeyIssuer issuer;

    /**
     * Reads nothing yet.
     *
     * @param firstKey asked for each id that the store does not know; it remembers its answer
     */
    AdoptingApiKeys(ApiKeys store, Supplier<Optional<ApiKey>> firstKey, InstantSource clock) {
        this.store = store;
        this.firstKey = firstKey;
        this.issuer = new ApiKeyIssuer(store, new SecureRandom(), clock);
    }

    @Override
    public Optional<ApiKeyRecord> find(ApiKeyId id) {
        var known = store.find(id);
        if (known.isPresent()) {
            return known;
        }
        var first = firstKey.get().filter(key -> hasId(key, id));
        first.ifPresent(key -> issuer.adopt(key, FIRST, FIRST));
        return first.flatMap(_ -> store.find(id));
    }

    @Override
    public boolean create(ApiKeyRecord key) {
        return store.create(key);
    }

    @Override
    public List<ApiKeyRecord> list() {
        return store.list();
    }

    @Override
    public Optional<ApiKeyRecord> revoke(ApiKeyId id) {
        return store.revoke(id);
    }

    /** Takes the same time whichever digits differ. */
    private static boolean hasId(ApiKey key, ApiKeyId id) {
        return MessageDigest.isEqual(
                key.hash().id().value().getBytes(UTF_8), id.value().getBytes(UTF_8));
    }
}
