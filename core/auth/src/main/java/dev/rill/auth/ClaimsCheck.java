package dev.rill.auth;

import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.JWTClaimsSetVerifier;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks the claims of a token whose signature is good. Its issuer is known: it has named the key. */
final class ClaimsCheck implements JWTClaimsSetVerifier<SecurityContext> {

    /** How far the issuer's clock may differ from this one. */
    static final Duration LEEWAY = Duration.ofSeconds(60);

    private static final String AUDIENCE = "aud";

    /** OpenID Connect Core 1.0, section 2: a {@code sub} has at most 255 characters. */
    private static final int MAX_SUBJECT = 255;

    private final OidcSettings settings;
    private final InstantSource clock;

    ClaimsCheck(OidcSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public void verify(JWTClaimsSet claims, @Nullable SecurityContext context) throws InvalidTokenException {
        var now = clock.instant();
        var expiry = claims.getExpirationTime();
        require(expiry != null && now.isBefore(expiry.toInstant().plus(LEEWAY)), InvalidReason.EXPIRED);
        var notBefore = claims.getNotBeforeTime();
        require(notBefore == null || !now.plus(LEEWAY).isBefore(notBefore.toInstant()), InvalidReason.NOT_YET_VALID);
        require(!Collections.disjoint(audiences(claims), settings.audiences()), InvalidReason.AUDIENCE);
        require(hasSubject(claims), InvalidReason.SUBJECT);
        require(
                settings.requiredClaim().map(claim -> claim.isMetBy(claims)).orElse(true),
                InvalidReason.REQUIRED_CLAIM);
    }

    /**
     * Checks what the library's own reading of the claims hides: it makes a text of a number as {@code sub}, and an
     * {@code aud} for no audience looks like none, which {@code client_id} would stand for.
     *
     * @param claims the JSON object of the token
     */
    void verifyForm(Map<String, Object> claims) throws InvalidTokenException {
        require(!(claims.get(settings.subjectClaim()) instanceof Number), InvalidReason.SUBJECT);
        var audience = claims.get(AUDIENCE);
        boolean forNone = claims.containsKey(AUDIENCE) && (audience == null || audience.equals(List.of()));
        require(!forNone, InvalidReason.AUDIENCE);
    }

    /** The claim that names the subject, of claims that passed {@link #verify}. */
    String subject(JWTClaimsSet claims) {
        return claims.getClaim(settings.subjectClaim()).toString();
    }

    /** The {@code exp} of claims that passed {@link #verify}. */
    Instant expiry(JWTClaimsSet claims) {
        return claims.getExpirationTime().toInstant();
    }

    /**
     * For whom the token is. Cognito's access tokens have no {@code aud}; they name the app client in
     * {@code client_id}. Where there is an {@code aud}, {@code client_id} only says who asked for the token.
     */
    private static Set<String> audiences(JWTClaimsSet claims) {
        var audience = claims.getAudience();
        if (!audience.isEmpty()) {
            return Set.copyOf(audience);
        }
        return claims.getClaim("client_id") instanceof String client ? Set.of(client) : Set.of();
    }

    private boolean hasSubject(JWTClaimsSet claims) {
        return claims.getClaim(settings.subjectClaim()) instanceof String subject
                && !subject.isBlank()
                && subject.length() <= MAX_SUBJECT
                && subject.codePoints().allMatch(ClaimsCheck::canBeStored);
    }

    /** Half a surrogate pair can't: the stores would make the same text of two subjects. */
    private static boolean canBeStored(int codePoint) {
        return !Character.isISOControl(codePoint) && Character.getType(codePoint) != Character.SURROGATE;
    }

    private static void require(boolean holds, InvalidReason reason) throws InvalidTokenException {
        if (!holds) {
            throw new InvalidTokenException(reason);
        }
    }
}
