package dev.rill.auth;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetRetrievalException;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.text.ParseException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys of an issuer: first its discovery document, then the JWK set that it names. Both are read each time,
 * so that there is one cache alone, and a set that has moved is found.
 *
 * @see <a href="https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig">OpenID Connect Discovery</a>
 */
final class DiscoveredKeys implements JWKSetSource<SecurityContext> {

    private final String issuer;
    private final IssuerPages pages;

    /** Reads nothing yet. */
    DiscoveredKeys(String issuer, IssuerPages pages) {
        this.issuer = issuer;
        this.pages = pages;
    }

    @Override
    public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator evaluator, long now, @Nullable SecurityContext context)
            throws JWKSetRetrievalException {
        try {
            var document = JSONObjectUtils.parse(pages.read(documentUrl()));
            if (!issuer.equals(document.get("issuer"))) {
                throw new IOException("its discovery document names another issuer");
            }
            var keys = JWKSet.parse(pages.read(keysUrl(issuer, document.get("jwks_uri"))));
            if (keys.isEmpty()) {
                throw new IOException("its set of keys is empty");
            }
            return keys;
        } catch (IOException | ParseException | RuntimeException e) {
            // The library throws a NullPointerException for a document that is the JSON value null.
            throw new JWKSetRetrievalException(
                    "the keys of the issuer " + issuer + " can't be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {}

    private String documentUrl() {
        var base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        return base + "/.well-known/openid-configuration";
    }

    /**
     * The URL of a JWK set, which may have a query. A page on this machine without TLS is named by an issuer on this
     * machine alone.
     *
     * @param named the value of {@code jwks_uri}
     * @throws IOException if keys may not be read from there
     */
    static String keysUrl(String issuer, @Nullable Object named) throws IOException {
        if (named instanceof String url
                && OidcSettings.isSafe(url.replaceFirst("\\?.*", ""))
                && (url.startsWith("https:") || issuer.startsWith("http:"))) {
            return url;
        }
        throw new IOException("its discovery document names no jwks_uri with https");
    }
}
