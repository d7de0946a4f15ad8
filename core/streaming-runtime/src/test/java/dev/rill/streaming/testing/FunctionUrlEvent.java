package dev.rill.streaming.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds the event that a function URL sends: payload format 2.0. */
public final class FunctionUrlEvent {

    private final String method;
    private final String path;
    private String query = "";
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final List<String> cookies = new ArrayList<>();
    private String body = "";
    private String authorizer = "";

    private FunctionUrlEvent(String method, String path) {
        this.method = method;
        this.path = path;
    }

    public static FunctionUrlEvent get(String path) {
        return new FunctionUrlEvent("GET", path);
    }

    public static FunctionUrlEvent post(String path) {
        return new FunctionUrlEvent("POST", path);
    }

    public static FunctionUrlEvent of(String method, String path) {
        return new FunctionUrlEvent(method, path);
    }

    public FunctionUrlEvent query(String raw) {
        query = raw;
        return this;
    }

    public FunctionUrlEvent header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    public FunctionUrlEvent cookie(String nameAndValue) {
        cookies.add(nameAndValue);
        return this;
    }

    /** A text body, which Lambda sends unchanged. */
    public FunctionUrlEvent body(String text) {
        body = ",\"body\":" + quoted(text) + ",\"isBase64Encoded\":false";
        return this;
    }

    /** A binary body, which Lambda sends in base64. */
    public FunctionUrlEvent body(byte[] bytes) {
        body = ",\"body\":\"" + Base64.getEncoder().encodeToString(bytes) + "\",\"isBase64Encoded\":true";
        return this;
    }

    /** The value of {@code requestContext.authorizer}, a JSON object. */
    public FunctionUrlEvent authorizer(String json) {
        authorizer = ",\"authorizer\":" + json;
        return this;
    }

    public byte[] bytes() {
        return toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The event's JSON. */
    @Override
    public String toString() {
        var json = new StringBuilder("{\"version\":\"2.0\",\"routeKey\":\"$default\",\"rawPath\":")
                .append(quoted(path))
                .append(",\"rawQueryString\":")
                .append(quoted(query))
                .append(",\"cookies\":[");
        for (int i = 0; i < cookies.size(); i++) {
            json.append(i == 0 ? "" : ",").append(quoted(cookies.get(i)));
        }
        json.append("],\"headers\":{");
        var separator = "";
        for (var header : headers.entrySet()) {
            json.append(separator).append(quoted(header.getKey())).append(':').append(quoted(header.getValue()));
            separator = ",";
        }
        return json.append("},\"requestContext\":{\"accountId\":\"anonymous\",\"apiId\":\"abc\",\"domainName\":")
                .append("\"abc.lambda-url.eu-west-1.on.aws\",\"http\":{\"method\":")
                .append(quoted(method))
                .append(",\"path\":")
                .append(quoted(path))
                .append(",\"protocol\":\"HTTP/1.1\",\"sourceIp\":\"192.0.2.7\",\"userAgent\":\"curl/8.9.1\"}")
                .append(
                        ",\"requestId\":\"a1\",\"routeKey\":\"$default\",\"stage\":\"$default\",\"timeEpoch\":1793361600000")
                .append(authorizer)
                .append('}')
                .append(body)
                .append('}')
                .toString();
    }

    private static String quoted(String text) {
        var json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
