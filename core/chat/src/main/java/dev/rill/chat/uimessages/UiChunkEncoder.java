package dev.rill.chat.uimessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Encodes the events of one response as the UI message stream v1: chunks, and {@code data: [DONE]} at the end. One
 * response is one step of a message. What an item or the terminal event has beyond the pieces that came before it is
 * sent with it, so the message is whole. Used by one thread at a time.
 *
 * <p>{@code rill:response.restarted} becomes {@code reset-step}: the page drops what it has of the step, and goes on.
 *
 * @see <a href="https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol">AI SDK, stream protocols</a>
 */
public final class UiChunkEncoder {

    private final Beginning beginning;
    private final Function<Event, ApiError> errors;

    /** The items that have begun, by {@code output_index}. */
    private final Map<Integer, UiItem> items = new TreeMap<>();

    private String responseId = "";
    private Phase phase = Phase.SILENT;

    private enum Phase {
        /** No chunk has been sent. */
        SILENT,
        /** The step has begun. */
        OPENED,
        ENDED
    }

    /**
     * @param beginning how the message begins
     * @param errors the error of a terminal event {@code response.failed}
     */
    public UiChunkEncoder(Beginning beginning, Function<Event, ApiError> errors) {
        this.beginning = beginning;
        this.errors = errors;
    }

    /** Returns what the next event adds to the stream; may be empty. The first event is {@code response.created}. */
    public String write(Event event) {
        if (phase == Phase.ENDED) {
            return "";
        }
        return switch (event.type()) {
            case EventTypes.CREATED -> {
                responseId = event.payload().at("/response/id").asText();
                yield "";
            }
            case EventTypes.IN_PROGRESS -> opening();
            case EventTypes.RESTARTED -> restarted();
            case EventTypes.FAILED -> failed(errors.apply(event));
            case EventTypes.COMPLETED, EventTypes.INCOMPLETE, EventTypes.CANCELLED ->
                ended(event.payload().path("response"));
            default -> event.payload().has("output_index") ? progress(event.payload()) : "";
        };
    }

    /**
     * Returns what ends a stream before its response, because the function may not run longer. A page can resume the
     * stream; without an error it would take the message for whole.
     */
    public String cutOff() {
        if (phase == Phase.ENDED) {
            return "";
        }
        phase = Phase.ENDED;
        return error("The answer takes longer than one stream may. It goes on: resume the stream.") + UiChunks.DONE;
    }

    private String opening() {
        if (phase != Phase.SILENT) {
            return "";
        }
        phase = Phase.OPENED;
        return beginning.chunks(responseId) + UiChunks.of("start-step");
    }

    private String progress(ObjectNode payload) {
        return opening() + item(payload.path("output_index").asInt()).write(payload);
    }

    private UiItem item(int outputIndex) {
        return items.computeIfAbsent(outputIndex, UiItem::new);
    }

    private String restarted() {
        items.clear();
        return phase == Phase.SILENT ? "" : UiChunks.of("reset-step");
    }

    private String failed(ApiError error) {
        return opening() + closing() + error(error.message()) + UiChunks.of("finish-step") + finish("error");
    }

    private String ended(JsonNode response) {
        var stream = new StringBuilder(opening());
        var output = response.path("output");
        for (int i = 0; i < output.size(); i++) {
            stream.append(item(i).end(output.path(i)));
        }
        stream.append(closing());
        var reason = response.at("/incomplete_details/reason").asText("");
        if (response.path("status").asText().equals("cancelled")
                || reason.equals("cancelled")
                || reason.equals("client_gone")) {
            phase = Phase.ENDED;
            var abort = UiChunks.chunk("abort").put("reason", reason.isEmpty() ? "cancelled" : reason);
            return stream.append(UiChunks.of(abort)).append(UiChunks.DONE).toString();
        }
        return stream.append(UiChunks.of("finish-step"))
                .append(finish(finishReason(reason, output)))
                .toString();
    }

    private static String finishReason(String incomplete, JsonNode output) {
        return switch (incomplete) {
            case "" -> {
                for (var item : output) {
                    if (UiItem.isCallOfPage(item)) {
                        yield "tool-calls";
                    }
                }
                yield "stop";
            }
            case "max_output_tokens", "budget_exceeded", "size_limit" -> "length";
            case "content_filter" -> "content-filter";
            default -> "other";
        };
    }

    /** Ends the parts that have not ended. */
    private String closing() {
        var stream = new StringBuilder();
        items.values().forEach(item -> stream.append(item.close()));
        return stream.toString();
    }

    private static String error(String text) {
        return UiChunks.of(UiChunks.chunk("error").put("errorText", text));
    }

    private String finish(String reason) {
        phase = Phase.ENDED;
        return UiChunks.of(UiChunks.chunk("finish").put("finishReason", reason)) + UiChunks.DONE;
    }
}
