package dev.rill.auth;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetBasedJWKSource;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.SecurityContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one issuer: read at the first use, kept for 5 minutes, renewed in the background in the last 30 s of
 * them, read at once for an unknown {@code kid} (at most twice in 30 s), and kept for an hour while the issuer is down.
 */
final class IssuerKeys implements JWKSource<SecurityContext> {

    private static final Duration CACHE = Duration.ofMinutes(5);
    private static final Duration AHEAD = Duration.ofSeconds(30);
    private static final Duration BETWEEN_READS = Duration.ofSeconds(30);
    private static final Duration OUTAGE = Duration.ofHours(1);

    /** How long a request waits while another one reads the keys: two tries at two pages of 3 s each, and reserve. */
    private static final Duration WAIT = Duration.ofSeconds(15);

    private final JWKSetSource<SecurityContext> keys;
    private final InstantSource clock;

    /**
     * Reads nothing yet.
     *
     * @param background renews the keys; the caller closes it
     */
    IssuerKeys(String issuer, IssuerPages pages, InstantSource clock, ExecutorService background) {
        this.clock = clock;
        var source = JWKSourceBuilder.create(new DiscoveredKeys(issuer, pages))
                .cache(CACHE.toMillis(), WAIT.toMillis())
                .refreshAheadCache(AHEAD.toMillis(), null, background, false, null, false)
                .rateLimited(BETWEEN_READS.toMillis())
                .retrying(true)
                .outageTolerant(OUTAGE.toMillis())
                .build();
        // JWKSetBasedJWKSource itself reads the system's clock.
        this.keys = ((JWKSetBasedJWKSource<SecurityContext>) source).getJWKSetSource();
    }

    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) throws KeySourceException {
        var known = keys.getJWKSet(JWKSetCacheRefreshEvaluator.noRefresh(), clock.millis(), context);
        var selected = selector.select(known);
        return selected.isEmpty() ? selector.select(newerThan(known, context)) : selected;
    }

    private JWKSet newerThan(JWKSet known, @Nullable SecurityContext context) throws KeySourceException {
        try {
            return keys.getJWKSet(JWKSetCacheRefreshEvaluator.referenceComparison(known), clock.millis(), context);
        } catch (RateLimitReachedException e) {
            // The keys were read less than 30 s ago, so the kid is taken for invented.
            return known;
        }
    }
}
