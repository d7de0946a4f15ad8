package dev.rill.streaming;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP request from an event of a function URL or an HTTP API, payload format 2.0. Immutable; safe for use by many
 * threads.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads">Request payloads</a>
 */
public final class Request {

    private final Invocation invocation;
    private final String method;
    private final String path;
    private final String queryString;
    private final Map<String, String> headers;
    private final List<String> cookies;
    private final byte[] body;
    private final Json.Members context;

    private Request(Invocation invocation, Json.Members event) {
        this.invocation = invocation;
        this.context = members(event, "requestContext");
        var http = members(context, "http");
        this.method = text(http, "method");
        this.path = text(event, "rawPath");
        this.queryString = event.find("rawQueryString") instanceof Json.Text(String query) ? query : "";
        this.headers = headers(event);
        this.cookies = cookies(event);
        this.body = body(event);
    }

    /**
     * Reads the request from an event.
     *
     * @throws MalformedEventException if the event is not JSON, or not of payload format 2.0
     */
    public static Request of(Invocation invocation) {
        if (!(JsonReader.read(invocation.sharedEvent()) instanceof Json.Members event)) {
            throw new MalformedEventException("the event is not an object");
        }
        if (!(event.find("version") instanceof Json.Text(String version) && version.equals("2.0"))) {
            throw new MalformedEventException(
                    "the event is not an HTTP request of payload format 2.0: call the function by its URL");
        }
        return new Request(invocation, event);
    }

    /** The invocation, which provides the original event. */
    public Invocation invocation() {
        return invocation;
    }

    /** The method, as the client sent it, such as {@code POST}. */
    public String method() {
        return method;
    }

    /** The path as Lambda sends it ({@code rawPath}), not decoded. */
    public String path() {
        return path;
    }

    /** The query as the client sent it, without the question mark; empty if there was none. */
    public String queryString() {
        return queryString;
    }

    /** The first value of a query parameter, decoded. The value of a parameter without {@code =} is the empty text. */
    public Optional<String> query(String name) {
        var values = queryAll(name);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
    }

    /** Every value of a query parameter, decoded, in the order of the query. */
    public List<String> queryAll(String name) {
        return QueryString.values(queryString, name);
    }

    /** Every query parameter with its values, decoded, in the order of the query. */
    public Map<String, List<String>> queryParameters() {
        return QueryString.parse(queryString);
    }

    /** The headers. Look-ups ignore the case of a name. Lambda joins the values of a repeated header with commas. */
    public Map<String, String> headers() {
        return headers;
    }

    /** A header. The case of the name is ignored. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** The cookies, each as {@code name=value}. */
    public List<String> cookies() {
        return cookies;
    }

    /** The value of a cookie, as it was sent. */
    public Optional<String> cookie(String name) {
        for (var cookie : cookies) {
            int equals = cookie.indexOf('=');
            if (equals == name.length() && cookie.startsWith(name)) {
                return Optional.of(cookie.substring(equals + 1));
            }
        }
        return Optional.empty();
    }

    /** A copy of the body, decoded if Lambda sent it in base64; empty if there was none. */
    public byte[] body() {
        return body.clone();
    }

    /** The body as UTF-8. Bytes that are not UTF-8 become U+FFFD. */
    public String bodyText() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** The body as a stream, without a copy. It need not be closed. */
    public InputStream openBody() {
        return new ByteArrayInputStream(body);
    }

    /** The client's IP address. */
    public Optional<String> sourceIp() {
        return context("http", "sourceIp");
    }

    /**
     * A text, number or boolean of {@code requestContext}, as text: {@code context("authorizer", "jwt", "claims",
     * "sub")}, {@code context("authorizer", "iam", "userArn")}, {@code context("domainName")}. Empty if the value is
     * absent, null, an object or an array.
     */
    public Optional<String> context(String... path) {
        Json value = context;
        for (var name : path) {
            value = value instanceof Json.Members parent ? parent.find(name) : null;
        }
        return switch (value) {
            case Json.Text(String text) -> Optional.of(text);
            case Json.Numeral(String literal) -> Optional.of(literal);
            case Json.Literal.TRUE -> Optional.of("true");
            case Json.Literal.FALSE -> Optional.of("false");
            case null, default -> Optional.empty();
        };
    }

    private static Json.Members members(Json.Members parent, String name) {
        if (parent.find(name) instanceof Json.Members members) {
            return members;
        }
        throw new MalformedEventException("the event lacks the object " + name);
    }

    private static String text(Json.Members parent, String name) {
        return textOf(parent.find(name), name);
    }

    private static String textOf(@Nullable Json value, String name) {
        if (value instanceof Json.Text(String text)) {
            return text;
        }
        throw new MalformedEventException("the event lacks the text " + name);
    }

    private static Map<String, String> headers(Json.Members event) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        if (event.find("headers") != null) {
            for (var header : members(event, "headers").members().entrySet()) {
                headers.put(header.getKey(), textOf(header.getValue(), "of a header"));
            }
        }
        return Collections.unmodifiableMap(headers);
    }

    private static List<String> cookies(Json.Members event) {
        List<String> cookies = new ArrayList<>();
        if (event.find("cookies") instanceof Json.Array(List<Json> elements)) {
            for (var element : elements) {
                cookies.add(textOf(element, "cookies"));
            }
        }
        return Collections.unmodifiableList(cookies);
    }

    private static byte[] body(Json.Members event) {
        if (event.find("body") == null) {
            return new byte[0];
        }
        var body = text(event, "body");
        if (event.find("isBase64Encoded") != Json.Literal.TRUE) {
            return body.getBytes(StandardCharsets.UTF_8);
        }
        try {
            return Base64.getDecoder().decode(body);
        } catch (IllegalArgumentException e) {
            throw new MalformedEventException("the event's body is not base64");
        }
    }
}
