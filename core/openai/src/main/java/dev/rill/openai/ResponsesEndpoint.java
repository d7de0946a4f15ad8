package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.MustBeClosed;
import com.openai.core.ClientOptions;
import com.openai.core.http.HttpResponse;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.services.blocking.ResponseService;
import com.openai.services.blocking.ResponseServiceImpl;
import java.util.Optional;

/** {@code POST /responses}. */
final class ResponsesEndpoint implements Endpoint {

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
    @MustBeClosed
    public HttpResponse post(String authorization) {
        return responses.createStreaming(ResponseCreateParams.builder()
                .putAdditionalHeader("Authorization", authorization)
                .build());
    }

    @Override
    public Optional<ObjectNode> concede(ObjectNode body, HttpStatusException refusal) {
        return reasoning.isRefused(body, refusal)
                ? Optional.of(EncryptedReasoningSupport.without(body))
                : Optional.empty();
    }

    @Override
    public void remember(ObjectNode conceded) {
        reasoning.remember(conceded);
    }

    @Override
    public StreamDecoder decoder(FailureMapper failures) {
        return new ResponsesDecoder(failures);
    }
}
