package dev.rill.chat.history;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Owner;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.protocol.WellFormed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Continues conversations from Rill's own log, for every model server: the items of earlier turns are sent before the
 * new ones.
 *
 * <p>The size of a conversation is limited, and checked before the request is queued. Each header has the size of its
 * conversation, so that only the header of the previous response is read. The items are copied from the log turn by
 * turn, as text. Safe for use by many threads.
 */
public final class History {

    /** Fields of a request that concern Rill alone. The model's server does not know Rill's response ids. */
    private static final Set<String> RILL_FIELDS =
            Set.of("previous_response_id", "background", "stream", "stream_options", "generate");

    /** The maximum number of item ids of one response; no conversation can have more items by default. */
    private static final int MAX_ITEM_IDS = 2000;

    private static final ConversationSize UNLIMITED = new ConversationSize(Long.MAX_VALUE, Integer.MAX_VALUE);

    private final ResponseLog log;
    private final HistorySettings settings;

    public History(ResponseLog log, HistorySettings settings) {
        this.log = log;
        this.settings = settings;
    }

    // ---- before a request is accepted -----------------------------------------------------------------------------

    /**
     * A request that may be accepted.
     *
     * @param input the input with stored items in place of references to them
     * @param conversation the size of the conversation with this input
     * @param earlierTokens an estimate of the tokens of the earlier turns
     */
    public record AdmittedRequest(JsonNode input, ConversationSize conversation, long earlierTokens) {}

    /**
     * Checks that a request can be answered: that its {@code previous_response_id}, if any, can be continued by this
     * owner, that the items to which it refers exist, and that the conversation is within the limit.
     *
     * @throws ApiException if one of these is not so
     */
    public AdmittedRequest admit(ObjectNode request, Owner owner) throws ApiException {
        if (request.path("input").size() > settings.limit().items()) {
            throw tooLong("input");
        }
        var previous = previous(request, owner);
        var before = previous.map(ResponseHeader::conversation).orElse(ConversationSize.ZERO);
        var input = new StoredItems(
                        log, owner.quotaKey(), id -> findContinuable(id, owner).isPresent())
                .resolve(request.path("input"));
        var inputSize = sizeOf(input);
        var conversation = before.plus(inputSize);
        if (isTooLong(conversation)) {
            throw tooLong("previous_response_id");
        }
        return new AdmittedRequest(
                input, conversation, previous.map(TokenEstimate::ofConversation).orElse(0L));
    }

    private Optional<ResponseHeader> previous(ObjectNode request, Owner owner) throws ApiException {
        var previous = request.path("previous_response_id");
        if (!previous.isTextual()) {
            return Optional.empty();
        }
        return Optional.of(ResponseId.find(previous.textValue())
                .flatMap(id -> findContinuable(id, owner))
                .orElseThrow(() -> ApiException.of(
                        400,
                        "previous_response_not_found",
                        "There is no such earlier response that can be continued here.",
                        "previous_response_id")));
    }

    private Optional<ResponseHeader> findContinuable(ResponseId id, Owner owner) {
        return log.find(id)
                .filter(header -> header.subject().equals(owner.subject()))
                .filter(header -> isContinued(header.status()))
                .filter(header -> header.stored()
                        || (owner.origin().isPresent() && header.origin().equals(owner.origin())));
    }

    /**
     * Makes sure that what a failed request was to continue is continued no more, if it is a {@code store: false}
     * response of the same socket. OpenAI's WebSocket mode does the same.
     *
     * @param request the body of the failed request
     * @param owner of the failed request
     * @throws RuntimeException if the log can't be reached; whether it is evicted is unknown then
     * @see <a href="https://developers.openai.com/api/docs/guides/websocket-mode">WebSocket mode</a>
     */
    public static void evictPrevious(ResponseLog log, ObjectNode request, Owner owner) {
        if (owner.origin().isEmpty()) {
            return;
        }
        Optional.ofNullable(request.path("previous_response_id").textValue())
                .flatMap(ResponseId::find)
                .flatMap(log::find)
                .filter(header -> !header.stored() && header.subject().equals(owner.subject()))
                .filter(header -> header.origin().equals(owner.origin()))
                .ifPresent(header -> log.evict(header.id(), owner.origin().get()));
    }

    private static boolean isContinued(Status status) {
        return switch (status) {
            case COMPLETED, INCOMPLETE, CANCELLED -> true;
            case QUEUED, IN_PROGRESS, FAILED -> false;
        };
    }

    private ConversationSize sizeOf(JsonNode input) throws ApiException {
        try {
            return turnOf(copyInput(input).size());
        } catch (ConversationTooLongException _) {
            throw tooLong("input");
        }
    }

    private ApiException tooLong(String param) {
        return ApiException.of(
                400,
                "conversation_too_long",
                "The conversation is too long: at most " + settings.limit().items() + " items and "
                        + settings.limit().bytes() + " bytes are taken. Begin a new one.",
                param);
    }

    private boolean isTooLong(ConversationSize size) {
        return size.bytes() > settings.limit().bytes()
                || size.items() > settings.limit().items();
    }

    private static ConversationSize turnOf(ConversationSize items) {
        return new ConversationSize(items.bytes(), Math.max(1, items.items()));
    }

    // ---- when a response ends -------------------------------------------------------------------------------------

    /**
     * Returns what later turns need of a response that ends like this; empty if it can't be continued.
     *
     * @param response the final response, with the output as the model sent it
     */
    public static Optional<Append.Conclusion> conclusion(ResponseHeader header, Status status, ObjectNode response) {
        if (!isContinued(status) || !header.continuable() || !(response.path("output") instanceof ArrayNode output)) {
            return Optional.empty();
        }
        var ids = new LinkedHashSet<String>();
        output.forEach(item -> {
            var id = WellFormed.of(item.path("id").asText(""));
            if (!id.isBlank() && ids.size() < MAX_ITEM_IDS) {
                ids.add(id);
            }
        });
        return Optional.of(new Append.Conclusion(
                header.quotaKey(),
                Json.write(output),
                List.copyOf(ids),
                header.conversation().plus(sizeOfOutput(output))));
    }

    private static ConversationSize sizeOfOutput(ArrayNode output) {
        var copier = new ItemCopier(UNLIMITED);
        try (var parser = output.traverse()) {
            parser.nextToken();
            copier.copyArray(parser, ItemCopier.Origin.OUTPUT);
            return copier.size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ConversationTooLongException e) {
            throw new IllegalStateException("the limit was exceeded although there is none", e);
        }
    }

    // ---- when the model is asked ----------------------------------------------------------------------------------

    /**
     * Builds the request to the model: the earlier turns and the new input, without the fields that concern Rill alone.
     * An array in {@code input} is raw JSON that can only be written, not inspected. Besides the result, the texts of
     * one turn are in memory at a time.
     *
     * @throws ModelException if an earlier response has expired or was deleted since the request was accepted, or if
     *     the conversation exceeds the limit
     * @throws InterruptedException if the calling thread is interrupted
     */
    public ObjectNode modelRequest(ResponseHeader header) throws ModelException, InterruptedException {
        var request = prompt(header.request().body());
        if (settings.storage() == HistorySettings.ModelStorage.NEVER) {
            request.put("store", false);
        }
        header.request().outputCeiling().ifPresent(tokens -> request.put("max_output_tokens", tokens));
        EncryptedReasoning.askFor(request);
        return request;
    }

    /**
     * Builds a request to the model that asks for no answer: as {@link #modelRequest}, without the fields of answers
     * and without {@code store}, because there is no response to store.
     *
     * @param body of the client's request
     * @throws ModelException as there
     * @throws InterruptedException as there
     */
    public ObjectNode modelRequestWithoutAnswer(ObjectNode body) throws ModelException, InterruptedException {
        return prompt(body).without("store");
    }

    private ObjectNode prompt(ObjectNode body) throws ModelException, InterruptedException {
        var request = ofClient(body);
        if (body.path("input").isArray() || body.path("previous_response_id").isTextual()) {
            request.putPOJO("input", conversation(body));
        }
        return request;
    }

    private static ObjectNode ofClient(ObjectNode body) {
        var request = Json.object();
        for (var field : body.properties()) {
            if (!RILL_FIELDS.contains(field.getKey())) {
                request.set(field.getKey(), field.getValue());
            }
        }
        return request;
    }

    private RawArray conversation(ObjectNode body) throws ModelException, InterruptedException {
        var newestFirst = new ArrayList<String>();
        try {
            var newInput = copyInput(body.path("input"));
            newestFirst.add(newInput.json());
            var size = turnOf(newInput.size());
            for (var id = Optional.ofNullable(body.path("previous_response_id").textValue()); id.isPresent(); ) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while the conversation was read");
                }
                var turn = TurnCopy.of(require(id.get()), settings.limit());
                newestFirst.add(turn.output());
                newestFirst.add(turn.input());
                size = size.plus(turnOf(turn.size()));
                if (isTooLong(size)) {
                    throw new ConversationTooLongException();
                }
                id = turn.previous();
            }
        } catch (ConversationTooLongException e) {
            throw ModelException.of(ModelFailure.HISTORY_TOO_LONG, "The conversation is too long. Begin a new one.", e);
        }
        newestFirst.removeIf(String::isEmpty);
        return new RawArray(newestFirst.reversed());
    }

    private ResponseLog.Turn require(String id) throws ModelException {
        return log.turn(new ResponseId(id))
                .orElseThrow(() -> ModelException.of(
                        ModelFailure.HISTORY_GONE,
                        "An earlier response of the conversation is gone. Send the whole conversation."));
    }

    private ItemCopier copyInput(JsonNode input) throws ConversationTooLongException {
        var copier = new ItemCopier(settings.limit());
        try (var parser = input.traverse()) {
            if (input.isTextual()) {
                copier.copyPrompt(input.textValue());
            } else if (input.isArray()) {
                parser.nextToken();
                copier.copyArray(parser, ItemCopier.Origin.INPUT);
            }
            return copier;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The items of an earlier turn for the model, and the id of the turn before it. */
    private record TurnCopy(String input, String output, ConversationSize size, Optional<String> previous) {

        static TurnCopy of(ResponseLog.Turn turn, ConversationSize limit) throws ConversationTooLongException {
            var input = new ItemCopier(limit);
            var output = new ItemCopier(limit);
            try {
                var previous = copyRequest(turn.request(), input);
                try (var parser = Json.parser(turn.output())) {
                    parser.nextToken();
                    output.copyArray(parser, ItemCopier.Origin.OUTPUT);
                }
                return new TurnCopy(input.json(), output.json(), input.size().plus(output.size()), previous);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Optional<String> copyRequest(String request, ItemCopier input)
                throws IOException, ConversationTooLongException {
            var previous = Optional.<String>empty();
            try (var parser = Json.parser(request)) {
                parser.nextToken();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    var name = parser.currentName();
                    var value = parser.nextToken();
                    if (name.equals("previous_response_id") && value == JsonToken.VALUE_STRING) {
                        previous = Optional.of(parser.getText());
                    } else if (name.equals("input") && value == JsonToken.VALUE_STRING) {
                        input.copyPrompt(parser.getText());
                    } else if (name.equals("input") && value == JsonToken.START_ARRAY) {
                        input.copyArray(parser, ItemCopier.Origin.INPUT);
                    } else {
                        parser.skipChildren();
                    }
                }
            }
            return previous;
        }
    }
}
