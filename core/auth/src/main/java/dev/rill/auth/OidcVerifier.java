package dev.rill.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.BadJWSException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.rill.chat.socket.Subject;
import java.security.Key;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the access and ID tokens of OpenID Connect issuers by nimbus-jose-jwt. Nothing is fetched before the first
 * token, so that no SnapStart snapshot holds keys. Safe for use by many threads.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8725">RFC 8725, best practices for JSON Web Tokens</a>
 */
public final class OidcVerifier {

    /** How the subject of every token begins. The issuer, {@code |} and a claim follow. */
    public static final String SUBJECT_PREFIX = "oidc:";

    /** Asymmetric ones alone. EdDSA is left out: the library needs Tink for it. */
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    /** Those of RFC 9068 and RFC 7519; many issuers write none. */
    private static final Set<JOSEObjectType> TYPES =
            Set.of(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"));

    private final InstantSource clock;
    private final TokenCache verified = new TokenCache();
    private final Map<String, IssuerKeys> issuers = new HashMap<>();
    private final ClaimsCheck claimsCheck;
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

    /**
     * Fetches nothing and starts no thread.
     *
     * @param background renews keys that are about to expire; a thread for each task will do. The caller closes it
     */
    public OidcVerifier(OidcSettings settings, InstantSource clock, ExecutorService background) {
        this(settings, new HttpIssuerPages(), clock, background);
    }

    /** @param pages what is read of the issuers, instead of HTTP */
    OidcVerifier(OidcSettings settings, IssuerPages pages, InstantSource clock, ExecutorService background) {
        this.clock = clock;
        settings.issuers().forEach(issuer -> issuers.put(issuer, new IssuerKeys(issuer, pages, clock, background)));
        claimsCheck = new ClaimsCheck(settings, clock);
        processor.setJWSTypeVerifier(OidcVerifier::checkType);
        processor.setJWTClaimsSetAwareJWSKeySelector(this::keysFor);
        processor.setJWTClaimsSetVerifier(claimsCheck);
    }

    /**
     * Verifies a token, or remembers for 30 s that it was good, but never after its {@code exp}. May block for some
     * seconds while the issuer's keys are read.
     *
     * @param token of at most 16 KB
     * @throws AuthenticationException {@link Refusal#INVALID_CREDENTIALS} if the token is not good;
     *     {@link Refusal#AUTHENTICATION_UNAVAILABLE} if its issuer has not been reached for so long that its keys are
     *     not known
     */
    public Authentication verify(String token) throws AuthenticationException {
        if (token.length() > Credential.Bearer.MAX_LENGTH) {
            throw AuthenticationException.invalid(InvalidReason.TOO_LARGE);
        }
        var now = clock.instant();
        var hash = Secrets.hash(token);
        var remembered = verified.find(hash, now);
        if (remembered.isPresent()) {
            return remembered.get();
        }
        var authentication = check(token);
        verified.remember(hash, authentication, now);
        return authentication;
    }

    private Authentication check(String token) throws AuthenticationException {
        try {
            var claims = processor.process(parse(token), null);
            return new Authentication(
                    new Subject(SUBJECT_PREFIX + claims.getIssuer() + '|' + claimsCheck.subject(claims)),
                    Optional.empty(),
                    Optional.of(claimsCheck.expiry(claims)),
                    LimitOverrides.NONE);
        } catch (InvalidTokenException e) {
            throw AuthenticationException.invalid(e.reason());
        } catch (BadJWSException e) {
            throw AuthenticationException.invalid(InvalidReason.SIGNATURE);
        } catch (BadJOSEException e) {
            // All that the processor checks by itself was checked before, but for the key.
            throw AuthenticationException.invalid(InvalidReason.UNKNOWN_SIGNING_KEY);
        } catch (KeySourceException e) {
            throw AuthenticationException.unavailable(e);
        } catch (JOSEException e) {
            // The signature can't be checked here, such as for want of an algorithm: its client must not throw it away.
            throw AuthenticationException.unavailable(e);
        } catch (RuntimeException e) {
            // The library throws a NullPointerException for an audience that is the JSON array [null].
            throw AuthenticationException.invalid(InvalidReason.MALFORMED);
        }
    }

    private SignedJWT parse(String token) throws InvalidTokenException {
        try {
            return signed(token);
        } catch (ParseException | RuntimeException e) {
            // The library throws a NullPointerException for a header that is the JSON value null.
            throw new InvalidTokenException(InvalidReason.MALFORMED);
        }
    }

    /** A token in the form of a signed one of a known issuer. */
    private SignedJWT signed(String token) throws ParseException, InvalidTokenException {
        if (!(JWTParser.parse(token) instanceof SignedJWT jwt)
                || !ALGORITHMS.contains(jwt.getHeader().getAlgorithm())) {
            throw new InvalidTokenException(InvalidReason.ALGORITHM);
        }
        if (!issuers.containsKey(jwt.getJWTClaimsSet().getIssuer())) {
            throw new InvalidTokenException(InvalidReason.ISSUER);
        }
        claimsCheck.verifyForm(jwt.getPayload().toJSONObject());
        return jwt;
    }

    private static void checkType(@Nullable JOSEObjectType type, @Nullable SecurityContext context)
            throws InvalidTokenException {
        if (type != null && !TYPES.contains(type)) {
            throw new InvalidTokenException(InvalidReason.TYPE);
        }
    }

    private List<Key> keysFor(JWSHeader header, JWTClaimsSet claims, @Nullable SecurityContext context)
            throws KeySourceException {
        var issuer = Objects.requireNonNull(issuers.get(claims.getIssuer()));
        return new JWSVerificationKeySelector<>(ALGORITHMS, issuer).selectJWSKeys(header, context);
    }
}
