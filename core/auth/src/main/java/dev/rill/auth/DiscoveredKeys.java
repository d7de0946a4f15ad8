package dev.rill.auth;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetRetrievalException;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.text.ParseException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys of an issuer: first its discovery document, then the JWK set that it names. Both are read each time,
 * so that there is one cache alone, and a set that has moved is found.
 *
 * @see <a href="https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig">OpenID Connect Discovery</a>
 */
final class DiscoveredKeys implements JWKSetSource<SecurityContext> {

    private static final int CONNECT_MILLIS = 1_000;
    private static final int READ_MILLIS = 2_000;
    private static final int MAX_BYTES = 256 * 1024;

    private final String issuer;
    private final DefaultResourceRetriever http = new WithoutRedirects();

    /** Reads nothing yet. */
    DiscoveredKeys(String issuer) {
        this.issuer = issuer;
    }

    @Override
    public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator evaluator, long now, @Nullable SecurityContext context)
            throws JWKSetRetrievalException {
        try {
            var document = JSONObjectUtils.parse(read(documentUrl()));
            if (!issuer.equals(document.get("issuer"))) {
                throw new IOException("its discovery document names another issuer");
            }
            var keys = JWKSet.parse(read(keysUrl(document.get("jwks_uri"))));
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

    /** Nothing is open between two requests but the JDK's kept-alive connections. */
    @Override
    public void close() {}

    private String documentUrl() {
        var base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        return base + "/.well-known/openid-configuration";
    }

    /** The URL of a JWK set may have a query; a page on this machine is named by an issuer on this machine alone. */
    private String keysUrl(@Nullable Object named) throws IOException {
        if (named instanceof String url
                && OidcSettings.isSafe(url.replaceFirst("\\?.*", ""))
                && (url.startsWith("https:") || issuer.startsWith("http:"))) {
            return url;
        }
        throw new IOException("its discovery document names no jwks_uri with https");
    }

    private String read(String url) throws IOException {
        return http.retrieveResource(URI.create(url).toURL()).getContent();
    }

    /** A redirect would be one more server to trust. */
    private static final class WithoutRedirects extends DefaultResourceRetriever {

        WithoutRedirects() {
            super(CONNECT_MILLIS, READ_MILLIS, MAX_BYTES);
        }

        @Override
        protected HttpURLConnection openHTTPConnection(URL url) throws IOException {
            var connection = super.openHTTPConnection(url);
            connection.setInstanceFollowRedirects(false);
            return connection;
        }
    }
}
