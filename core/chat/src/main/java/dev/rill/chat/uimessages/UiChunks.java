package dev.rill.chat.uimessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.Json;
import java.util.Optional;
import java.util.Set;

/** The chunks of a UI message stream, as server-sent events. */
final class UiChunks {

    static final String DONE = "data: [DONE]\n\n";

    /** Fields of a call that the model's server executes which are its input; the others are its output. */
    private static final Set<String> HOSTED_INPUT = Set.of("action", "queries", "code", "container_id");

    /** Fields of a call that are neither. The result of a generated image is a file of its own. */
    private static final Set<String> NOT_OUTPUT =
            Set.of("id", "type", "status", "result", "name", "arguments", "server_label", "approval_request_id");

    private UiChunks() {}

    static String of(ObjectNode chunk) {
        return "data: " + Json.write(chunk) + "\n\n";
    }

    static String of(String type) {
        return of(chunk(type));
    }

    static ObjectNode chunk(String type) {
        return Json.object().put("type", type);
    }

    /** A chunk with the namespace of metadata that the SDK's provider for OpenAI uses as well. */
    static ObjectNode withMetadata(ObjectNode chunk, ObjectNode metadata) {
        if (!metadata.isEmpty()) {
            chunk.putObject("providerMetadata").set("openai", metadata);
        }
        return chunk;
    }

    static String sourceOf(JsonNode annotation, String id) {
        return switch (annotation.path("type").asText()) {
            case "url_citation" -> {
                var source = chunk("source-url")
                        .put("sourceId", id)
                        .put("url", annotation.path("url").asText());
                if (annotation.path("title").isTextual()) {
                    source.set("title", annotation.path("title"));
                }
                yield of(source);
            }
            case "file_citation", "container_file_citation", "file_path" -> of(document(annotation, id));
            default -> "";
        };
    }

    private static ObjectNode document(JsonNode annotation, String id) {
        var fileId = annotation.path("file_id").asText();
        var name = annotation.path("filename").asText("");
        var source = chunk("source-document")
                .put("sourceId", id)
                .put("mediaType", "text/plain")
                .put("title", name.isEmpty() ? fileId : name);
        if (!name.isEmpty()) {
            source.put("filename", name);
        }
        return withMetadata(
                source,
                Json.object().put("type", annotation.path("type").asText()).put("fileId", fileId));
    }

    /** The image of a call of the tool that makes images, as a data URL. */
    static Optional<String> imageOf(JsonNode item) {
        var result = item.path("result").asText("");
        if (!item.path("type").asText().equals("image_generation_call") || result.isEmpty()) {
            return Optional.empty();
        }
        var mediaType = "image/" + item.path("output_format").asText("png");
        return Optional.of(of(chunk("file")
                .put("url", "data:" + mediaType + ";base64," + result)
                .put("mediaType", mediaType)));
    }

    /** The input of a call that the model's server has executed. */
    static JsonNode hostedInput(JsonNode item) {
        if (item.path("arguments").isTextual()) {
            var arguments = item.path("arguments").textValue();
            return Json.find(arguments).orElseGet(() -> Json.object().textNode(arguments));
        }
        var input = Json.object();
        for (var field : item.properties()) {
            if (HOSTED_INPUT.contains(field.getKey())) {
                input.set(field.getKey(), field.getValue());
            }
        }
        return input;
    }

    static ObjectNode hostedOutput(JsonNode item) {
        var output = Json.object();
        for (var field : item.properties()) {
            if (!HOSTED_INPUT.contains(field.getKey()) && !NOT_OUTPUT.contains(field.getKey())) {
                output.set(field.getKey(), field.getValue());
            }
        }
        return output;
    }
}
