package dev.rill.local.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.server.Response;

/**
 * Status and headers that a function sets, in the prelude of a streamed response or in a buffered one:
 * {@code statusCode} (200 if absent), {@code headers}, {@code multiValueHeaders} and {@code cookies}.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html">Response streaming and
 *     its metadata</a>
 */
record ResponseHead(int status, List<Field> fields) {
    /** Headers that a function can't set; they are sent under another name, as on AWS. */
    private static final Set<String> REMAPPED = Set.of(
            "connection",
            "content-length",
            "date",
            "keep-alive",
            "server",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /** A header line. */
    record Field(String name, String value) {}

    /** The function's response does not have the form that Lambda requires. */
    static final class BadHeadException extends Exception {
        private static final long serialVersionUID = 1;

        BadHeadException(String message) {
            super(message);
        }
    }

    static ResponseHead parse(String json) throws BadHeadException {
        try {
            return parse(Json.MAPPER.readTree(json));
        } catch (JsonProcessingException e) {
            throw new BadHeadException("The prelude is not JSON");
        }
    }

    static ResponseHead parse(JsonNode json) throws BadHeadException {
        if (!json.isObject()) {
            throw new BadHeadException("The prelude is not a JSON object");
        }
        var status = json.path("statusCode");
        if (!status.isMissingNode() && (!status.isInt() || status.intValue() < 100 || status.intValue() > 599)) {
            throw new BadHeadException("statusCode is not an HTTP status");
        }
        List<Field> fields = new ArrayList<>();
        for (var header : json.path("headers").properties()) {
            fields.add(field(header.getKey(), header.getValue()));
        }
        for (var header : json.path("multiValueHeaders").properties()) {
            for (var value : header.getValue()) {
                fields.add(field(header.getKey(), value));
            }
        }
        for (var cookie : json.path("cookies")) {
            fields.add(field("Set-Cookie", cookie));
        }
        return new ResponseHead(status.asInt(200), List.copyOf(fields));
    }

    private static Field field(String name, JsonNode value) throws BadHeadException {
        if (!value.isValueNode() || value.isNull()) {
            throw new BadHeadException("The value of the header " + name + " is not text");
        }
        return new Field(
                REMAPPED.contains(name.toLowerCase(Locale.ROOT)) ? "x-amzn-Remapped-" + name : name, value.asText());
    }

    /** Sets status and headers of a response that is not committed. */
    void applyTo(Response response, String defaultContentType) {
        response.setStatus(status);
        fields.forEach(field -> response.getHeaders().add(field.name(), field.value()));
        if (!response.getHeaders().contains("Content-Type")) {
            response.getHeaders().put("Content-Type", defaultContentType);
        }
    }
}
