package dev.rill.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.auth.AuthenticationMode;
import dev.rill.auth.Viewer;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Json;
import dev.rill.streaming.Request;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The web page, which every client may read, and what it is told of the deployment. Asks no other service. Immutable;
 * safe for use by many threads.
 */
public final class WebPage {

    private static final String INDEX = "/index.html";

    /** A browser asks again each time, and mostly gets a 304. */
    private static final String REVALIDATED = "no-cache";

    /** A year. The names of these files change with their content. */
    private static final String IMMUTABLE = "public, max-age=31536000, immutable";

    private static final String PERMISSIONS =
            "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()";

    private final PageFiles files;
    private final Optional<URI> socketUrl;
    private final String model;
    private final String contentPolicy;

    WebPage(PageFiles files, Optional<URI> socketUrl, String model) {
        this.files = files;
        this.socketUrl = socketUrl;
        this.model = model;
        this.contentPolicy = contentPolicy(socketUrl);
    }

    /**
     * The page that the build has packed beside the classes of the function.
     *
     * @param socketUrl where the page opens a WebSocket; empty for the page's own origin
     * @param model that answers where a request names none
     */
    public static WebPage packed(Optional<URI> socketUrl, String model) {
        return new WebPage(PageFiles.packed(), socketUrl, model);
    }

    /** Sends the page itself. */
    void sendIndex(Request request, ResponseStream response) throws ApiException, IOException {
        send(INDEX, request, response);
    }

    /**
     * Sends the file with the path of the request.
     *
     * @throws ApiException 404 if there is none
     */
    void sendFile(Request request, ResponseStream response) throws ApiException, IOException {
        send(request.path(), request, response);
    }

    /**
     * Returns what the page is told of the deployment.
     *
     * @param modes how clients are authenticated; empty if the page needs no credential
     * @param entry where the page was asked for: the domain serves the socket as well, a direct URL does not
     */
    ObjectNode config(Set<AuthenticationMode> modes, Viewer.Entry entry) {
        var socket = entry == Viewer.Entry.DOMAIN ? Optional.<URI>empty() : socketUrl;
        var config = Json.object().put("socket_url", socket.map(URI::toString).orElse(null));
        var authentication = config.putArray("authentication");
        modes.stream()
                .sorted()
                .map(mode -> mode.name().toLowerCase(Locale.ROOT))
                .forEach(authentication::add);
        return config.put("model", model);
    }

    private void send(String path, Request request, ResponseStream response) throws ApiException, IOException {
        var file = files.find(path).orElseThrow(() -> Route.nothingAt(path));
        var packing = file.packingFor(ListedValues.accept(request.header("accept-encoding"), "gzip"));
        var tag = file.tag(packing);
        if (ListedValues.match(request.header("if-none-match"), tag)) {
            response.open(head(304, file, tag, request)).close();
            return;
        }
        var head = head(200, file, tag, request);
        if (packing == PageFile.Packing.GZIP) {
            head = head.header("content-encoding", "gzip");
        }
        try (var out = response.open(head)) {
            if (!request.method().equals("HEAD")) {
                file.writeTo(out, packing);
            }
        }
    }

    private ResponseHead head(int status, PageFile file, String tag, Request request) {
        boolean index = file.path().equals(INDEX);
        var head = ResponseHead.of(status, file.mediaType())
                .header("etag", tag)
                .header("vary", index ? "Accept, Accept-Encoding" : "Accept-Encoding")
                .header("cache-control", file.path().startsWith("/assets/") ? IMMUTABLE : REVALIDATED)
                .header("content-security-policy", contentPolicy)
                .header("x-content-type-options", "nosniff")
                .header("referrer-policy", "no-referrer")
                .header("permissions-policy", PERMISSIONS)
                .header("cross-origin-opener-policy", "same-origin");
        // Not by plain HTTP, as on one machine: a browser would then ask for HTTPS, which nothing serves there.
        return request.header("x-forwarded-proto").filter("https"::equals).isPresent()
                ? head.header("strict-transport-security", "max-age=31536000")
                : head;
    }

    /**
     * The page runs its own scripts alone, and talks to its own origin and the socket's.
     *
     * @see <a href="https://www.w3.org/TR/CSP3/">Content Security Policy Level 3</a>
     */
    private static String contentPolicy(Optional<URI> socketUrl) {
        var socket = socketUrl
                .map(url -> " " + url.getScheme() + "://" + url.getRawAuthority())
                .orElse("");
        return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
                + "connect-src 'self'" + socket + "; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'";
    }
}
