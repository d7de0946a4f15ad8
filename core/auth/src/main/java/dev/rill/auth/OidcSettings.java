package dev.rill.auth;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whose tokens are taken.
 *
 * @param issuers exactly as their tokens name them in {@code iss}
 * @param audiences the tokens of at least one of these are taken. Without any, a token that a user gave to another
 *     service of the same issuer would be good here
 * @param subjectClaim the claim that names the subject, such as {@code sub}. Its value must never be given to another
 *     user of the issuer
 */
public record OidcSettings(
        List<String> issuers, Set<String> audiences, String subjectClaim, Optional<RequiredClaim> requiredClaim) {

    /** The claim that names the subject unless the operator names another one. */
    public static final String DEFAULT_SUBJECT_CLAIM = "sub";

    /**
     * @throws IllegalArgumentException if an issuer or the audience is missing or wrong; the message says what to do
     */
    public OidcSettings {
        issuers = List.copyOf(issuers);
        audiences = Set.copyOf(audiences);
        if (issuers.isEmpty()) {
            throw new IllegalArgumentException(
                    "OidcIssuers: name at least one issuer, such as https://login.example.com");
        }
        if (audiences.isEmpty()) {
            throw new IllegalArgumentException(
                    "OidcAudience: name the audience that your issuer puts into tokens for Rill (with Cognito, the id of "
                            + "the app client)");
        }
        for (var issuer : issuers) {
            if (!isSafe(issuer)) {
                throw new IllegalArgumentException("OidcIssuers: write '" + issuer
                        + "' as a URL with https and without a query; http is taken for this machine alone");
            }
        }
    }

    /** Whether keys may be read from a URL: by https, or by http from this machine, without a query or fragment. */
    static boolean isSafe(String url) {
        try {
            var uri = URI.create(url);
            var host = uri.getHost();
            return host != null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null
                    && ("https".equals(uri.getScheme()) || ("http".equals(uri.getScheme()) && isLoopback(host)));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.[0-9]{1,3}){3}");
    }
}
