package dev.rill.local.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * The event of a function URL, payload format 2.0.
 *
 * <p>A body is passed as text only if its type is {@code text/*}, JSON, XML or JavaScript and it is UTF-8. With any
 * other type, or none, it is base64, as on AWS. That includes {@code application/x-www-form-urlencoded}, which
 * {@code curl -d} sends.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads">Request and response
 *     payloads</a>
 */
final class FunctionUrlEvent {
    private static final Set<String> TEXT = Set.of("application/json", "application/xml", "application/javascript");

    private final GatewayConfig config;
    private final IdGenerator ids;

    FunctionUrlEvent(GatewayConfig config, IdGenerator ids) {
        this.config = config;
        this.ids = ids;
    }

    String of(Request request, byte[] body, String requestId, Instant now) {
        var rawPath = orEmpty(request.getHttpURI().getPath());
        var sourceIp = Request.getRemoteAddr(request);
        var event = Json.object()
                .put("version", "2.0")
                .put("routeKey", "$default")
                .put("rawPath", rawPath)
                .put("rawQueryString", orEmpty(request.getHttpURI().getQuery()));
        cookies(request.getHeaders(), event);
        var headers = event.putObject("headers");
        joined(request.getHeaders()).forEach(headers::put);
        headers.put("x-amzn-trace-id", ids.nextTrace(now.getEpochSecond()))
                .put("x-forwarded-for", sourceIp)
                .put("x-forwarded-port", Integer.toString(Request.getLocalPort(request)))
                .put("x-forwarded-proto", "http");
        var query = Request.extractQueryParameters(request);
        if (!query.isEmpty()) {
            var parameters = event.putObject("queryStringParameters");
            query.forEach(field -> parameters.put(field.getName(), String.join(",", field.getValues())));
        }
        var domain = config.functionUrlDomain();
        var context = event.putObject("requestContext")
                .put("accountId", "anonymous")
                .put("apiId", config.functionUrl().urlId())
                .put("domainName", domain)
                .put("domainPrefix", config.functionUrl().urlId());
        context.putObject("http")
                .put("method", request.getMethod())
                .put("path", rawPath)
                .put("protocol", request.getConnectionMetaData().getProtocol())
                .put("sourceIp", sourceIp)
                .put("userAgent", orEmpty(request.getHeaders().get("User-Agent")));
        context.put("requestId", requestId)
                .put("routeKey", "$default")
                .put("stage", "$default")
                .put("time", WebSocketEvents.REQUEST_TIME.format(now))
                .put("timeEpoch", now.toEpochMilli());
        body(request.getHeaders(), body, event);
        return Json.write(event);
    }

    private static void cookies(HttpFields fields, ObjectNode event) {
        if (fields.contains("Cookie")) {
            var cookies = event.putArray("cookies");
            for (var line : fields.getValuesList("Cookie")) {
                for (var cookie : line.split(";", -1)) {
                    cookies.add(cookie.strip());
                }
            }
        }
    }

    private static Map<String, String> joined(HttpFields fields) {
        Map<String, String> joined = new LinkedHashMap<>();
        for (var field : fields) {
            var name = field.getName().toLowerCase(Locale.ROOT);
            if (!name.equals("cookie")) {
                joined.merge(name, orEmpty(field.getValue()), (first, next) -> first + "," + next);
            }
        }
        return joined;
    }

    private static void body(HttpFields headers, byte[] body, ObjectNode event) {
        String text = body.length > 0 && isText(headers) ? utf8(body) : null;
        if (text != null) {
            event.put("body", text);
        } else if (body.length > 0) {
            event.put("body", Base64.getEncoder().encodeToString(body));
        }
        event.put("isBase64Encoded", body.length > 0 && text == null);
    }

    private static boolean isText(HttpFields headers) {
        var type = orEmpty(headers.get("Content-Type")).split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return (type.startsWith("text/") || TEXT.contains(type)) && !headers.contains("Content-Encoding");
    }

    private static @Nullable String utf8(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static String orEmpty(@Nullable String value) {
        return value == null ? "" : value;
    }
}
