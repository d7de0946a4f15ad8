package dev.rill.local.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.local.gateway.DistributionConfig.Origin;
import dev.rill.local.gateway.DistributionConfig.Target;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;

/**
 * The CloudFront distribution of the deployment's domain: passes each request through the edge function and on to an
 * origin, with the headers that CloudFront removes and adds. It keeps no response.
 */
final class Distribution {

    /** The address from which origins are asked, of those for documentation: RFC 5737. */
    static final String ADDRESS = "203.0.113.1";

    private static final String NAME = "d111111abcdef8.cloudfront.net";

    /** A host that begins so is one of a direct URL. */
    private static final String DIRECT = "direct.";

    /** Headers that belong to a connection, or that edge functions do not see. CloudFront passes them on by itself. */
    private static final Set<String> HIDDEN = Set.of(
            "connection",
            "content-length",
            "cookie",
            "expect",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "x-forwarded-for");

    private static final Set<String> ENCODINGS = Set.of("br", "gzip");

    private final DistributionConfig config;
    private final GatewayConfig gateway;
    private final IdGenerator ids;

    Distribution(DistributionConfig config, GatewayConfig gateway, IdGenerator ids) {
        this.config = config;
        this.gateway = gateway;
        this.ids = ids;
    }

    /** A request as an origin gets it. */
    record Passed(Target target, Request request) {}

    /** Whether a client asks for a direct URL, past the domain: at {@code direct.localhost}, for example. */
    static boolean isDirect(Request request) {
        var authority = request.getHttpURI().getAuthority();
        return authority != null && authority.toLowerCase(Locale.ROOT).startsWith(DIRECT);
    }

    /**
     * Passes a request on.
     *
     * @throws IllegalStateException if the edge function fails, or selects an origin that does not exist
     */
    Passed pass(Request request) {
        var path = path(request);
        if (config.cachedPaths().stream().anyMatch(path::startsWith)) {
            return to(config.defaultOrigin(), path, cachedHeaders(request.getHeaders()), request);
        }
        var decision = config.function().run(event(request));
        var headers = HttpFields.build();
        for (var field : request.getHeaders()) {
            if (isHidden(field.getName())) {
                headers.add(field);
            }
        }
        for (var header : decision.request().path("headers").properties()) {
            values(header.getValue()).forEach(value -> headers.add(capitalized(header.getKey()), value));
        }
        return to(
                decision.origin().orElse(config.defaultOrigin()),
                decision.request().path("uri").textValue(),
                headers,
                request);
    }

    /** The cache's key has nothing of the client but the encodings that it takes. */
    private static HttpFields.Mutable cachedHeaders(HttpFields sent) {
        var headers = HttpFields.build();
        var encodings = sent.getCSV(HttpHeader.ACCEPT_ENCODING, false).stream()
                .map(encoding -> encoding.split(";", 2)[0].strip())
                .filter(ENCODINGS::contains)
                .sorted()
                .collect(Collectors.joining(","));
        if (!encodings.isEmpty()) {
            headers.put(HttpHeader.ACCEPT_ENCODING, encodings);
        }
        return headers;
    }

    private Passed to(String id, String path, HttpFields.Mutable headers, Request request) {
        var origin = config.origins().get(id);
        if (origin == null) {
            throw new IllegalStateException("the edge function selected the origin " + id + ", which does not exist");
        }
        headers.put(HttpHeader.HOST, host(origin));
        headers.put(HttpHeader.VIA, "1.1 " + NAME + " (CloudFront)");
        headers.put("X-Amz-Cf-Id", ids.next());
        var forwarded = Stream.concat(
                request.getHeaders().getValuesList(HttpHeader.X_FORWARDED_FOR).stream(),
                Stream.of(Request.getRemoteAddr(request)));
        headers.put(HttpHeader.X_FORWARDED_FOR, forwarded.collect(Collectors.joining(", ")));
        origin.headers().forEach(headers::put);
        return new Passed(origin.target(), new OriginRequest(request, path, headers.asImmutable()));
    }

    private String host(Origin origin) {
        return switch (origin.target()) {
            case FUNCTION_URL -> gateway.functionUrlDomain();
            case WEB_SOCKET_API -> gateway.webSocketDomain();
        };
    }

    private ObjectNode event(Request request) {
        var event = Json.object().put("version", "1.0");
        event.putObject("context")
                .put("distributionDomainName", NAME)
                .put("distributionId", "EDFDVBD6EXAMPLE")
                .put("eventType", "viewer-request")
                .put("requestId", ids.next());
        event.putObject("viewer").put("ip", Request.getRemoteAddr(request));
        var viewed =
                event.putObject("request").put("method", request.getMethod()).put("uri", path(request));
        var querystring = viewed.putObject("querystring");
        for (var parameter : Request.extractQueryParameters(request)) {
            add(querystring, parameter.getName(), parameter.getValues());
        }
        var headers = viewed.putObject("headers");
        for (var name : request.getHeaders().getFieldNamesCollection()) {
            if (!isHidden(name)) {
                add(headers, name.toLowerCase(Locale.ROOT), request.getHeaders().getValuesList(name));
            }
        }
        viewed.putObject("cookies");
        return event;
    }

    private static void add(ObjectNode to, String name, List<String> values) {
        var field = to.putObject(name).put("value", values.getFirst());
        if (values.size() > 1) {
            var all = field.putArray("multiValue");
            values.forEach(value -> all.addObject().put("value", value));
        }
    }

    private static Stream<String> values(JsonNode field) {
        return field.has("multiValue")
                ? field.path("multiValue")
                        .valueStream()
                        .map(value -> value.path("value").asText())
                : Stream.of(field.path("value").asText());
    }

    private static boolean isHidden(String name) {
        return HIDDEN.contains(name.toLowerCase(Locale.ROOT));
    }

    /** CloudFront capitalizes each word of a header that an edge function has returned. */
    private static String capitalized(String name) {
        return Arrays.stream(name.split("-", -1))
                .map(word -> word.isEmpty() ? word : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining("-"));
    }

    private static String path(Request request) {
        var path = request.getHttpURI().getPath();
        return path == null || path.isEmpty() ? "/" : path;
    }

    /** A request with another path and other headers, from the distribution's address. */
    private static final class OriginRequest extends Request.Wrapper {
        private final HttpURI uri;
        private final HttpFields headers;
        private final ConnectionMetaData connection;

        OriginRequest(Request request, String path, HttpFields headers) {
            super(request);
            this.uri = HttpURI.build(request.getHttpURI()).path(path).asImmutable();
            this.headers = headers;
            this.connection = new ConnectionMetaData.Wrapper(request.getConnectionMetaData()) {
                @Override
                public SocketAddress getRemoteSocketAddress() {
                    return new InetSocketAddress(ADDRESS, 443);
                }
            };
        }

        @Override
        public HttpURI getHttpURI() {
            return uri;
        }

        @Override
        public HttpFields getHeaders() {
            return headers;
        }

        @Override
        public ConnectionMetaData getConnectionMetaData() {
            return connection;
        }
    }
}
