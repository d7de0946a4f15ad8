package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.core.ClientOptions;
import com.openai.core.http.HttpResponse;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.services.blocking.chat.ChatCompletionService;
import com.openai.services.blocking.chat.ChatCompletionServiceImpl;
import dev.rill.chat.model.ModelException;
import dev.rill.openai.completions.ChatRequestEncoder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code POST /chat/completions}. Remembers, until the process ends, which models want {@code max_completion_tokens},
 * as OpenAI's reasoning models do, and which refuse {@code stream_options}.
 */
final class ChatEndpoint implements StreamingEndpoint {

    private static final String OLD_LIMIT = "max_tokens";
    private static final String NEW_LIMIT = "max_completion_tokens";
    private static final String OPTIONS = "stream_options";

    /** Clients choose the names of models; beyond this number, a refusal costs one additional request. */
    private static final int MAX_MODELS = 256;

    private final ChatCompletionService.WithRawResponse completions;
    private final Set<String> wantingNewLimit = ConcurrentHashMap.newKeySet();
    private final Set<String> refusingOptions = ConcurrentHashMap.newKeySet();

    ChatEndpoint(ClientOptions options) {
        this.completions = new ChatCompletionServiceImpl(options).withRawResponse();
    }

    @Override
    public ObjectNode encode(ObjectNode request) throws ModelException {
        var body = ChatRequestEncoder.encode(request);
        var model = model(body);
        if (wantingNewLimit.contains(model)) {
            renameLimit(body);
        }
        if (refusingOptions.contains(model)) {
            body.remove(OPTIONS);
        }
        return body;
    }

    @Override
    @SuppressWarnings("MustBeClosed") // the caller closes it
    public HttpResponse post(String authorization) {
        return completions.createStreaming(ChatCompletionCreateParams.builder()
                // openai-java requires both here; those of the body are sent.
                .model("")
                .messages(List.of())
                .putAdditionalHeader("Authorization", authorization)
                .build());
    }

    @Override
    public Optional<ObjectNode> concede(ObjectNode body, HttpStatusException refusal) {
        if (refusal.status() != 400 && refusal.status() != 422) {
            return Optional.empty();
        }
        var why = refusal.body().toLowerCase(Locale.ROOT);
        var conceded = body.objectNode();
        conceded.setAll(body);
        if (why.contains(NEW_LIMIT) && body.has(OLD_LIMIT)) {
            renameLimit(conceded);
            return Optional.of(conceded);
        }
        if (why.contains(OPTIONS) && body.has(OPTIONS)) {
            conceded.remove(OPTIONS);
            return Optional.of(conceded);
        }
        return Optional.empty();
    }

    @Override
    public void remember(ObjectNode conceded) {
        if (conceded.has(NEW_LIMIT)) {
            add(wantingNewLimit, model(conceded));
        }
        if (!conceded.has(OPTIONS)) {
            add(refusingOptions, model(conceded));
        }
    }

    @Override
    public StreamDecoder decoder(FailureMapper failures) {
        return new ChatDecoder(failures);
    }

    private static void renameLimit(ObjectNode body) {
        var limit = body.remove(OLD_LIMIT);
        if (limit != null) {
            body.set(NEW_LIMIT, limit);
        }
    }

    private static void add(Set<String> models, String model) {
        if (models.size() < MAX_MODELS) {
            models.add(model);
        }
    }

    private static String model(ObjectNode body) {
        return body.path("model").asText();
    }
}
