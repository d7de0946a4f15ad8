package dev.rill.auth;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The origins of web pages that may use a deployment. It protects against pages that a user visits, not against
 * programs, which send any origin or none.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6454#section-7">RFC 6454, section 7</a>
 */
public final class Origins {

    private static final String ANY = "*";

    /** Gateways join two headers by a comma, which no origin has. */
    private static final Pattern COMMA = Pattern.compile(",");

    /** As browsers write it: a scheme, a host in lower case, and a port that is not the scheme's. */
    private static final Pattern ORIGIN =
            Pattern.compile("[a-z][a-z0-9+.-]*://(\\[[0-9a-f:]+]|[a-z0-9._-]+)(:[0-9]{1,5})?");

    private final Set<String> allowed;

    private Origins(Set<String> allowed) {
        this.allowed = allowed;
    }

    /**
     * Parses a list.
     *
     * @param list exact origins with commas between them, such as {@code https://app.example.com}; {@code *} allows
     *     all, the opaque {@code null} included; an empty list allows programs alone
     * @throws IllegalArgumentException if an entry is not an origin; the message says what to do
     */
    public static Origins parse(String list) {
        var allowed = Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
        allowed.forEach(Origins::check);
        if (allowed.contains(ANY) && allowed.size() > 1) {
            throw new IllegalArgumentException("AllowedOrigins: give '*' alone, or leave it out of the list");
        }
        return new Origins(allowed);
    }

    /**
     * The origins that a request or handshake names in its header {@code Origin}; empty if it is a program's.
     *
     * @param headers by name in any case
     */
    public static List<String> sent(Map<String, List<String>> headers) {
        return CredentialReader.values(headers, "Origin", COMMA);
    }

    /**
     * Checks the origin of a request or handshake.
     *
     * @param origins the values of the header {@code Origin}; empty if the client is a program
     * @throws AuthenticationException {@link Refusal#ORIGIN_NOT_ALLOWED} if one of them is not allowed; {@code null} is
     *     allowed by {@code *} alone
     */
    public void check(List<String> origins) throws AuthenticationException {
        if (!allowed.contains(ANY) && !allowed.containsAll(origins)) {
            throw AuthenticationException.of(Refusal.ORIGIN_NOT_ALLOWED);
        }
    }

    private static void check(String entry) {
        var ofDefaultPort = (entry.startsWith("https:") && entry.endsWith(":443"))
                || (entry.startsWith("http:") && entry.endsWith(":80"));
        if (!entry.equals(ANY) && (!ORIGIN.matcher(entry).matches() || ofDefaultPort)) {
            throw new IllegalArgumentException(
                    "AllowedOrigins: write '" + entry + "' as browsers send it: scheme://host in lower case, with the "
                            + "port if it is not the scheme's own, and no path, such as https://app.example.com");
        }
    }
}
