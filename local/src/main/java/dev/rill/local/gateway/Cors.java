package dev.rill.local.gateway;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/**
 * The CORS settings of a function URL. {@code *} in a list allows everything. For an allowed origin the gateway answers
 * a preflight without the function, and adds these headers to every other response, also if the function has set the
 * same header.
 *
 * @param maxAge how long a browser may cache a preflight response; null sends no {@code Access-Control-Max-Age}
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html">Cors</a>
 */
public record Cors(
        List<String> allowOrigins,
        List<String> allowMethods,
        List<String> allowHeaders,
        List<String> exposeHeaders,
        @Nullable Duration maxAge) {

    public Cors {
        allowOrigins = List.copyOf(allowOrigins);
        allowMethods = List.copyOf(allowMethods);
        allowHeaders = List.copyOf(allowHeaders);
        exposeHeaders = List.copyOf(exposeHeaders);
    }

    static boolean isPreflight(String method, HttpFields request) {
        return method.equals("OPTIONS")
                && request.contains("Origin")
                && request.contains("Access-Control-Request-Method");
    }

    /** The headers of an ordinary response to this request; empty if its origin is absent or not allowed. */
    List<ResponseHead.Field> ordinary(HttpFields request) {
        var origin = request.get("Origin");
        if (origin == null || !allows(origin)) {
            return List.of();
        }
        List<ResponseHead.Field> fields = new ArrayList<>();
        if (allowOrigins.contains("*")) {
            fields.add(new ResponseHead.Field("Access-Control-Allow-Origin", "*"));
        } else {
            fields.add(new ResponseHead.Field("Access-Control-Allow-Origin", origin));
            fields.add(new ResponseHead.Field("Vary", "Origin"));
        }
        list(fields, "Access-Control-Expose-Headers", exposeHeaders);
        return fields;
    }

    /** The headers of the response to a preflight. */
    List<ResponseHead.Field> preflight(HttpFields request) {
        List<ResponseHead.Field> fields = new ArrayList<>(ordinary(request));
        if (fields.isEmpty()) {
            return fields;
        }
        list(fields, "Access-Control-Allow-Methods", allowMethods);
        list(fields, "Access-Control-Allow-Headers", allowHeaders);
        if (maxAge != null) {
            fields.add(new ResponseHead.Field("Access-Control-Max-Age", Long.toString(maxAge.toSeconds())));
        }
        return fields;
    }

    private boolean allows(String origin) {
        return allowOrigins.stream()
                .anyMatch(allowed -> allowed.equals("*")
                        || allowed.toLowerCase(Locale.ROOT).equals(origin.toLowerCase(Locale.ROOT)));
    }

    private static void list(List<ResponseHead.Field> fields, String name, List<String> values) {
        if (!values.isEmpty()) {
            fields.add(new ResponseHead.Field(name, String.join(",", values)));
        }
    }
}
