package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.core.ClientOptions;
import com.openai.core.http.HttpResponse;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.services.blocking.ResponseService;
import com.openai.services.blocking.ResponseServiceImpl;
import dev.rill.chat.protocol.Json;
import dev.rill.openai.completions.OwnReasoning;
import java.util.Locale;
import java.util.Optional;

/** {@code POST /responses}. */
final class ResponsesEndpoint implements StreamingEndpoint {

    private final ResponseService.WithRawResponse responses;
    private final EncryptedReasoningSupport reasoning = new EncryptedReasoningSupport();

    ResponsesEndpoint(ClientOptions options) {
        // The service itself instead of OpenAIClient, which references every service, so that the shaded jar could not
        // leave them out.
        this.responses = new ResponseServiceImpl(options).withRawResponse();
    }

    @Override
    public ObjectNode encode(ObjectNode request) {
        return reasoning.withoutRefusedIncludes(request);
    }

    @Override
    @SuppressWarnings("MustBeClosed") // the caller closes it
    public HttpResponse post(String authorization) {
        return responses.createStreaming(ResponseCreateParams.builder()
                .putAdditionalHeader("Authorization", authorization)
                .build());
    }

    @Override
    public Optional<ObjectNode> concede(ObjectNode body, HttpStatusException refusal) {
        var readable = isAboutReasoning(refusal) ? withoutOwnReasoning(body) : Optional.<ObjectNode>empty();
        return readable.or(() -> Optional.of(body)
                .filter(asked -> reasoning.isRefused(asked, refusal))
                .map(EncryptedReasoningSupport::without));
    }

    private static boolean isAboutReasoning(HttpStatusException refusal) {
        return (refusal.status() == 400 || refusal.status() == 422)
                && refusal.body().toLowerCase(Locale.ROOT).contains("encrypted");
    }

    /**
     * A turn of the conversation was answered by a server of Chat Completions, whose reasoning this one can't read.
     * Empty if there is no such turn.
     */
    private static Optional<ObjectNode> withoutOwnReasoning(ObjectNode body) {
        var input = Json.write(body.path("input"));
        if (!OwnReasoning.isIn(input)) {
            return Optional.empty();
        }
        var items = Json.find(input).orElseThrow();
        var conceded = body.objectNode();
        conceded.setAll(body);
        var left = conceded.putArray("input");
        for (var item : items) {
            if (!OwnReasoning.isOwn(item)) {
                left.add(item);
            }
        }
        return left.size() < items.size() ? Optional.of(conceded) : Optional.empty();
    }

    /** Only what is no longer included tells something of the model. */
    @Override
    public void remember(ObjectNode conceded) {
        if (!EncryptedReasoningSupport.asks(conceded)) {
            reasoning.remember(conceded);
        }
    }

    @Override
    public StreamDecoder decoder(FailureMapper failures) {
        return new ResponsesDecoder(failures);
    }
}
