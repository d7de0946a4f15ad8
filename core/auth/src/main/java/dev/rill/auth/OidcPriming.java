package dev.rill.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.math.BigInteger;
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
 * Verifies two tokens whose issuer is this process, by an elliptic curve and by RSA, so that the code is loaded when
 * the first token comes. Uses no network, and leaves nothing behind.
 */
public final class OidcPriming {

    private static final String ISSUER = "https://issuer.invalid";
    private static final String AUDIENCE = "rill";
    private static final String DOCUMENT =
            JSONObjectUtils.toJSONString(Map.of("issuer", ISSUER, "jwks_uri", ISSUER + "/keys"));
    private static final OidcSettings SETTINGS =
            new OidcSettings(List.of(ISSUER), Set.of(AUDIENCE), OidcSettings.DEFAULT_SUBJECT_CLAIM, Optional.empty());
    private static final Instant NOW = Instant.EPOCH;
    private static final int RSA_BITS = 2048;

    private OidcPriming() {}

    /**
     * Verifies the tokens.
     *
     * @throws IllegalStateException if the good one is refused, or the other one taken
     */
    public static void run() {
        try (var background = Executors.newVirtualThreadPerTaskExecutor()) {
            var curve = new ECKeyGenerator(Curve.P_256).keyID("curve").generate();
            var keys = new JWKSet(List.of(curve.toPublicJWK(), rsaKey())).toString();
            var verifier = new OidcVerifier(
                    SETTINGS, url -> url.endsWith("/keys") ? keys : DOCUMENT, InstantSource.fixed(NOW), background);
            verifier.verify(signed(curve));
            refuse(verifier, forged());
        } catch (JOSEException | AuthenticationException e) {
            throw new IllegalStateException("a token of this process can't be verified", e);
        }
    }

    private static String signed(ECKey key) throws JOSEException {
        var token = new SignedJWT(header(JWSAlgorithm.ES256, key.getKeyID()), claims());
        token.sign(new ECDSASigner(key));
        return token.serialize();
    }

    /** A token whose signature is checked, and not good. To make an RSA key would take up to seconds. */
    private static String forged() {
        var token = new SignedJWT(header(JWSAlgorithm.RS256, "rsa"), claims());
        return new String(token.getSigningInput(), US_ASCII) + "." + Base64URL.encode(new byte[RSA_BITS / Byte.SIZE]);
    }

    private static RSAKey rsaKey() {
        var modulus = BigInteger.ONE.shiftLeft(RSA_BITS - 1).setBit(0);
        return new RSAKey.Builder(Base64URL.encode(modulus), Base64URL.encode(BigInteger.valueOf(65_537)))
                .keyID("rsa")
                .build();
    }

    private static void refuse(OidcVerifier verifier, String token) {
        try {
            verifier.verify(token);
        } catch (AuthenticationException e) {
            if (e.reason().equals(Optional.of(InvalidReason.SIGNATURE))) {
                return;
            }
            throw new IllegalStateException("the signature of a token of this process is not checked", e);
        }
        throw new IllegalStateException("a token without a signature was taken");
    }

    private static JWSHeader header(JWSAlgorithm algorithm, String keyId) {
        return new JWSHeader.Builder(algorithm).keyID(keyId).build();
    }

    private static JWTClaimsSet claims() {
        return new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .subject("primer")
                .expirationTime(Date.from(NOW.plus(Duration.ofHours(1))))
                .build();
    }
}
