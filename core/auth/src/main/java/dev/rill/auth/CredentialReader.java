package dev.rill.auth;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what the credentials of an HTTP request and of a handshake have in common. */
final class CredentialReader {

    private static final String BEARER = "bearer";

    /** Gateways join two headers by a comma. A scheme's own parameters also have commas between them, but no space. */
    private static final Pattern BEFORE_A_SCHEME = Pattern.compile(",(?=\\s*[A-Za-z][A-Za-z0-9-]*\\s)");

    /** Names of query parameters in which other services take keys and tokens. */
    private static final Set<String> SECRETS_IN_URLS =
            Set.of("token", "access_token", "api_key", "key", "authorization");

    private CredentialReader() {}

    /**
     * The values of a header, whatever the case of its name.
     *
     * @param separator what stands between two values of one line
     */
    static List<String> values(Map<String, List<String>> headers, String name, Pattern separator) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .flatMap(header -> header.getValue().stream())
                .flatMap(separator::splitAsStream)
                .map(String::strip)
                .filter(value -> !value.isEmpty())
                .toList();
    }

    /** The credentials of the header {@code Authorization}. */
    static List<Credential> ofAuthorization(Map<String, List<String>> headers) {
        return values(headers, "Authorization", BEFORE_A_SCHEME).stream()
                .map(CredentialReader::ofAuthorization)
                .toList();
    }

    private static Credential ofAuthorization(String value) {
        int space = value.indexOf(' ');
        var scheme = space < 0 ? value : value.substring(0, space);
        return scheme.equalsIgnoreCase(BEARER)
                ? Credential.bearer(value.substring(scheme.length()).strip())
                : new Credential.Unreadable(InvalidReason.SCHEME);
    }

    /** Whether a query string has a parameter for a key or token, or a value that is a key. */
    static boolean hasSecret(Map<String, List<String>> query) {
        return query.keySet().stream().anyMatch(name -> SECRETS_IN_URLS.contains(name.toLowerCase(Locale.ROOT)))
                || query.values().stream()
                        .flatMap(Collection::stream)
                        .anyMatch(value -> value.startsWith(ApiKey.PREFIX));
    }

    /** The only one of these, {@code None} if there is none. */
    static Credential onlyOne(List<Credential> found) {
        return switch (found.size()) {
            case 0 -> new Credential.None();
            case 1 -> found.getFirst();
            default -> new Credential.Several();
        };
    }
}
