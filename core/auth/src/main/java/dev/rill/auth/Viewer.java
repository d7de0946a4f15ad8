package dev.rill.auth;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The client of a request or handshake as the network shows it.
 *
 * @param address its IP address; empty if it is not known
 * @param host the host that it asked for, with the port if it named one; empty if it is not known
 */
public record Viewer(Optional<String> address, Optional<String> host, Entry entry) {

    /** Hosts whose pages browsers trust without TLS. */
    private static final Pattern LOOPBACK = Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]{1,5})?");

    /** Where a request came in. */
    public enum Entry {
        /** The function URL or the WebSocket API's own URL. */
        DIRECT_URL,
        /** The deployment's domain, whose distribution has shown its secret. */
        DOMAIN
    }

    /** Whether the request came through the deployment's domain. */
    public boolean throughDomain() {
        return entry == Entry.DOMAIN;
    }

    /**
     * The origins that are not this deployment's own. A page that the deployment itself serves has the origin of the
     * host that it asks.
     *
     * @param origins the values of the header {@code Origin}
     */
    public List<String> foreign(List<String> origins) {
        return origins.stream().filter(origin -> !isOwn(origin)).toList();
    }

    private boolean isOwn(String origin) {
        var own = host.map(value -> value.toLowerCase(Locale.ROOT)).orElse("");
        return !own.isEmpty()
                && (origin.equals("https://" + own)
                        || (LOOPBACK.matcher(own).matches() && origin.equals("http://" + own)));
    }
}
