package dev.rill.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;

/**
 * Verifies two tokens whose issuer is this process, signed by RSA and by an elliptic curve, so that the code is loaded
 * when the first token comes. Uses no network, and leaves nothing behind.
 */
public final class OidcPriming {

    private static final String ISSUER = "https://issuer.invalid";
    private static final String AUDIENCE = "rill";
    private static final int RSA_BITS = 2048;

    private OidcPriming() {}

    /**
     * Verifies the tokens.
     *
     * @throws IllegalStateException if one is refused
     */
    public static void run() {
        try {
            verifyTokens();
        } catch (JOSEException | AuthenticationException e) {
            throw new IllegalStateException("a token of this process can't be verified", e);
        }
    }

    private static void verifyTokens() throws JOSEException, AuthenticationException {
        var now = Instant.EPOCH;
        var rsa = new RSAKeyGenerator(RSA_BITS).keyID("rsa").generate();
        var curve = new ECKeyGenerator(Curve.P_256).keyID("curve").generate();
        var keys = new JWKSet(List.of(rsa.toPublicJWK(), curve.toPublicJWK())).toString();
        var document = JSONObjectUtils.toJSONString(Map.of("issuer", ISSUER, "jwks_uri", ISSUER + "/keys"));
        var settings = new OidcSettings(
                List.of(ISSUER), Set.of(AUDIENCE), OidcSettings.DEFAULT_SUBJECT_CLAIM, Optional.empty());
        try (var background = Executors.newVirtualThreadPerTaskExecutor()) {
            var verifier = new OidcVerifier(
                    settings, url -> url.endsWith("/keys") ? keys : document, InstantSource.fixed(now), background);
            verifier.verify(token(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa), now));
            verifier.verify(token(JWSAlgorithm.ES256, "curve", new ECDSASigner(curve), now));
        }
    }

    private static String token(JWSAlgorithm algorithm, String keyId, JWSSigner signer, Instant now)
            throws JOSEException {
        var claims = new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .subject("primer")
                .expirationTime(Date.from(now.plus(Duration.ofHours(1))));
        var token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).build(), claims.build());
        token.sign(signer);
        return token.serialize();
    }
}
