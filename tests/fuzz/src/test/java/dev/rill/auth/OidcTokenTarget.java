package dev.rill.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import dev.rill.testing.oidc.OidcServer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/**
 * A token of OpenID Connect. The first byte of an input picks what the rest is: a token as a client sends it; header,
 * claims and signature of one, a line each; or claims that the issuer has signed.
 */
public final class OidcTokenTarget implements FuzzTarget {

    private static final String ISSUER = "https://issuer.example";
    private static final ECKey KEY = OidcServer.newKey();
    private static final String KEYS = new JWKSet(KEY).toString(true);
    private static final String DOCUMENT = "{\"issuer\":\"" + ISSUER + "\",\"jwks_uri\":\"" + ISSUER + "/keys\"}";
    private static final Instant NOW = Instant.parse("2026-11-02T08:30:00Z");
    private static final OidcSettings SETTINGS =
            new OidcSettings(List.of(ISSUER), Set.of("rill"), "sub", Optional.of(new RequiredClaim("scope", "ask")));
    private static final ExecutorService BACKGROUND = Executors.newVirtualThreadPerTaskExecutor();

    private enum Kind {
        SENT,
        FORGED,
        SIGNED
    }

    @Override
    public void test(byte[] input) throws JOSEException {
        var kind = Kind.values()[input.length == 0 ? 0 : (input[0] & 0xff) % Kind.values().length];
        var rest = Arrays.copyOfRange(input, Math.min(1, input.length), input.length);
        var token = switch (kind) {
            case SENT -> new String(rest, UTF_8);
            case FORGED -> forged(new String(rest, UTF_8));
            case SIGNED -> signed(rest);
        };
        var verifier = new OidcVerifier(
                SETTINGS, url -> url.endsWith("/keys") ? KEYS : DOCUMENT, InstantSource.fixed(NOW), BACKGROUND);
        try {
            var authentication = verifier.verify(token);
            Checks.require(kind == Kind.SIGNED, "a token was taken that the issuer has not signed");
            var subject = authentication.subject().value();
            Checks.require(subject.startsWith("oidc:" + ISSUER + "|"), "a subject of another issuer");
            Checks.requireUtf8(subject);
            var end = authentication.authenticatedUntil().orElseThrow();
            Checks.require(end.isAfter(NOW.minus(ClaimsCheck.LEEWAY)), "a token was taken that has expired");
        } catch (AuthenticationException e) {
            Checks.require(e.refusal() == Refusal.INVALID_CREDENTIALS, "refused as " + e.refusal());
            Checks.requireQuotesNothing(e);
        }
    }

    private static String forged(String lines) {
        return lines.lines()
                .limit(3)
                .map(part -> Base64.getUrlEncoder().withoutPadding().encodeToString(part.getBytes(UTF_8)))
                .collect(Collectors.joining("."));
    }

    private static String signed(byte[] claims) throws JOSEException {
        var header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(KEY.getKeyID());
        var token = new JWSObject(header.build(), new Payload(claims));
        token.sign(new ECDSASigner(KEY));
        return token.serialize();
    }
}
