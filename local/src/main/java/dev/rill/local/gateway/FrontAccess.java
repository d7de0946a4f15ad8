package dev.rill.local.gateway;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The hosts and origins that the front port answers. It protects the developer's machine from web pages: one of another
 * site, and one whose DNS name was bound to a loopback address after it was loaded. Programs send no origin and pass.
 *
 * <p>Always allowed are hosts that no DNS server can rebind ({@code localhost}, names below it, and IP addresses), and
 * origins on loopback or on the very host and port of the request.
 *
 * @param hosts further host names without a port, or {@code *} for all
 * @param origins further origins, or {@code *} for all
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6454#section-7">RFC 6454, section 7</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6761#section-6.3">RFC 6761, section 6.3: localhost</a>
 */
public record FrontAccess(Set<String> hosts, Set<String> origins) {

    /** Nothing beyond what is always allowed. */
    public static final FrontAccess LOOPBACK = new FrontAccess(Set.of(), Set.of());

    private static final String ANY = "*";
    private static final Pattern PORT = Pattern.compile(":[0-9]{0,5}$");
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.]+]");

    public FrontAccess {
        hosts = Set.copyOf(hosts);
        origins = Set.copyOf(origins);
    }

    /** Why a request is refused. */
    enum Refusal {
        HOST(
                "host_not_allowed",
                "This stack does not answer to this host name. Start it with --allow-host to allow it."),
        ORIGIN(
                "origin_not_allowed",
                "This stack answers no page of this origin. Start it with --allow-origin to allow it.");

        private final String code;
        private final String message;

        Refusal(String code, String message) {
            this.code = code;
            this.message = message;
        }

        /** The body of the refusal, in the form of OpenAI's errors. */
        String body() {
            return Json.write(JsonErrors.openAi(code, message));
        }
    }

    /**
     * Checks a request.
     *
     * @param authority the host that the client asks for, with its port if it named one
     * @param origins the values of the header {@code Origin}
     */
    Optional<Refusal> refusal(String authority, List<String> origins) {
        var asked = authority.toLowerCase(Locale.ROOT);
        if (!isAllowed(PORT.matcher(asked).replaceFirst(""))) {
            return Optional.of(Refusal.HOST);
        }
        return origins.stream().allMatch(origin -> isAllowed(origin.toLowerCase(Locale.ROOT), asked))
                ? Optional.empty()
                : Optional.of(Refusal.ORIGIN);
    }

    private boolean isAllowed(String host) {
        return isLocalhost(host)
                || IPV4.matcher(host).matches()
                || IPV6.matcher(host).matches()
                || hosts.contains(ANY)
                || hosts.contains(host);
    }

    private boolean isAllowed(String origin, String authority) {
        if (origins.contains(ANY) || origins.contains(origin)) {
            return true;
        }
        try {
            var url = URI.create(origin);
            var host = url.getHost();
            return host != null
                    && (isLocalhost(host)
                            || isLoopbackAddress(host)
                            || url.getRawAuthority().equals(authority));
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /**
     * Whether a request was sent by a program, or by a page of the very host and port that it asks for.
     *
     * @param origins the values of the header {@code Origin}
     * @param authority the host that the client asks for, with its port if it named one
     */
    static boolean isSameOrigin(List<String> origins, String authority) {
        return origins.stream()
                .allMatch(origin -> origin.equalsIgnoreCase("http://" + authority)
                        || origin.equalsIgnoreCase("https://" + authority));
    }

    private static boolean isLocalhost(String host) {
        return host.equals("localhost") || host.endsWith(".localhost");
    }

    private static boolean isLoopbackAddress(String host) {
        return host.equals("[::1]")
                || (host.startsWith("127.") && IPV4.matcher(host).matches());
    }
}
