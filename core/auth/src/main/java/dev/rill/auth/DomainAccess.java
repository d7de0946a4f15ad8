package dev.rill.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Distinguishes requests and handshakes that come through the deployment's domain from those of its direct URLs. The
 * distribution in front of the domain shows a secret in the header {@value #SECRET_HEADER}. With it alone, the headers
 * {@value #ADDRESS_HEADER} and {@value #HOST_HEADER} are believed, which the distribution's edge function sets. Safe
 * for use by many threads.
 */
public final class DomainAccess {

    /** The header with the distribution's secret. */
    public static final String SECRET_HEADER = "x-rill-domain-secret";

    /** The header with the client's IP address, as the distribution saw it. */
    public static final String ADDRESS_HEADER = "x-rill-viewer-address";

    /** The header with the host that the client asked for. */
    public static final String HOST_HEADER = "x-rill-viewer-host";

    /** A deployment without a domain: every request is one of a direct URL, and is let in. */
    public static final DomainAccess NONE = new DomainAccess(DirectUrls.OPEN, List::of);

    private final DirectUrls directUrls;
    private final Supplier<List<String>> secrets;

    /** What happens to requests that do not come through the domain. */
    public enum DirectUrls {
        OPEN,
        CLOSED
    }

    /**
     * Reads no secret yet.
     *
     * @param secrets the secrets that the distribution may show; asked only for requests that show one
     */
    public DomainAccess(DirectUrls directUrls, Supplier<List<String>> secrets) {
        this.directUrls = directUrls;
        this.secrets = secrets;
    }

    /**
     * Returns who sends a request.
     *
     * @param headers by name in any case
     * @param address the peer's IP address as the gateway saw it; empty if it is not known
     * @param host the host name of the direct URL; empty if it is not known
     * @throws AuthenticationException {@link Refusal#DIRECT_URL_CLOSED} if the request does not come through the domain
     *     and the direct URLs are closed; {@link Refusal#AUTHENTICATION_UNAVAILABLE} if it shows a secret, and the
     *     deployment's can't be read
     */
    public Viewer viewer(Map<String, List<String>> headers, Optional<String> address, Optional<String> host)
            throws AuthenticationException {
        var shown = values(headers, SECRET_HEADER);
        if (shown.size() == 1 && isKnown(shown.getFirst())) {
            return new Viewer(
                    only(headers, ADDRESS_HEADER).or(() -> address), only(headers, HOST_HEADER), Viewer.Entry.DOMAIN);
        }
        if (directUrls == DirectUrls.CLOSED) {
            throw AuthenticationException.of(Refusal.DIRECT_URL_CLOSED);
        }
        return new Viewer(address, host, Viewer.Entry.DIRECT_URL);
    }

    /** Takes the same time whichever characters differ, so that a client cannot find them one by one. */
    private boolean isKnown(String shown) throws AuthenticationException {
        List<String> good;
        try {
            good = secrets.get();
        } catch (RuntimeException e) {
            throw AuthenticationException.unavailable(e);
        }
        var bytes = shown.getBytes(StandardCharsets.UTF_8);
        boolean known = false;
        for (var secret : good) {
            known |= MessageDigest.isEqual(secret.getBytes(StandardCharsets.UTF_8), bytes);
        }
        return known;
    }

    private static Optional<String> only(Map<String, List<String>> headers, String name) {
        return Optional.of(values(headers, name))
                .filter(values -> values.size() == 1)
                .map(List::getFirst);
    }

    private static List<String> values(Map<String, List<String>> headers, String name) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .flatMap(header -> header.getValue().stream())
                .filter(value -> !value.isBlank())
                .toList();
    }
}
