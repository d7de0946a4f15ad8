package dev.rill.testing.oidc;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * An OpenID Connect issuer on loopback, for tests: a discovery document, a JWK set with one P-256 key, and tokens that
 * are signed with it. Safe for use by many threads.
 */
public final class OidcServer implements AutoCloseable {

    private static final String DOCUMENT = "/.well-known/openid-configuration";
    private static final String KEYS = "/keys";

    private final HttpServer server;
    private final AtomicInteger readsOfKeys = new AtomicInteger();
    private volatile ECKey key;
    private volatile int status = 200;
    /** 0 if the next request is answered as all others are. */
    private final AtomicInteger nextStatus = new AtomicInteger();

    private volatile UnaryOperator<Map<String, Object>> document = UnaryOperator.identity();
    private volatile UnaryOperator<String> keys = UnaryOperator.identity();

    private OidcServer(HttpServer server) {
        this.server = server;
        this.key = newKey();
    }

    /** Starts a server on a free port. */
    public static OidcServer start() throws IOException {
        var http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var server = new OidcServer(http);
        http.createContext(DOCUMENT, exchange -> server.answer(exchange, server.document()));
        http.createContext(KEYS, exchange -> {
            server.readsOfKeys.incrementAndGet();
            server.answer(exchange, server.keys.apply(new JWKSet(server.key).toString(true)));
        });
        http.start();
        return server;
    }

    /** The {@code iss} of its tokens. */
    public String issuer() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The key that signs tokens from now on, the private half included. */
    public ECKey key() {
        return key;
    }

    /** Replaces the key. The old one is no longer in the JWK set. */
    public void rotate() {
        key = newKey();
    }

    /** Lets every page be answered with this status; 200 is the normal state, and 503 an outage. */
    public void answerWith(int status) {
        this.status = status;
    }

    /** Lets the next request be answered with this status, and the later ones as before. */
    public void answerNextWith(int status) {
        nextStatus.set(status);
    }

    /** Changes the discovery document. */
    public void changeDocument(UnaryOperator<Map<String, Object>> change) {
        document = change;
    }

    /** Changes the text of the JWK set. */
    public void changeKeys(UnaryOperator<String> change) {
        keys = change;
    }

    /** How often the JWK set has been asked for, refusals included. */
    public int readsOfKeys() {
        return readsOfKeys.get();
    }

    /** Signs claims with the present key. */
    public String sign(JWTClaimsSet claims) {
        return sign(header().build(), claims, key);
    }

    /** Signs a text as if it were the JSON of claims, with the present key. */
    public String signText(String claims) {
        try {
            var token = new JWSObject(header().build(), new Payload(claims));
            token.sign(new ECDSASigner(key));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The header of its tokens. */
    public JWSHeader.Builder header() {
        return new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID());
    }

    /** Signs claims with a key that need not be its own. */
    public static String sign(JWSHeader header, JWTClaimsSet claims, ECKey key) {
        try {
            var token = new SignedJWT(header, claims);
            token.sign(new ECDSASigner(key));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A new P-256 key with a random id. */
    public static ECKey newKey() {
        try {
            return new ECKeyGenerator(Curve.P_256)
                    .keyID(UUID.randomUUID().toString())
                    .keyUse(KeyUse.SIGNATURE)
                    .generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private String document() {
        return JSONObjectUtils.toJSONString(document.apply(Map.of(
                "issuer",
                issuer(),
                "jwks_uri",
                issuer() + KEYS,
                "id_token_signing_alg_values_supported",
                List.of("ES256"))));
    }

    private void answer(HttpExchange exchange, String text) throws IOException {
        try (exchange) {
            var body = text.getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.getResponseHeaders().set("Location", issuer() + KEYS);
            int next = nextStatus.getAndSet(0);
            exchange.sendResponseHeaders(next == 0 ? status : next, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
