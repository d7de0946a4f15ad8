package dev.rill.tests.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import com.openai.errors.OpenAIInvalidDataException;
import com.openai.models.ErrorObject;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.models.Model;
import com.openai.models.models.ModelListPageResponse;
import com.openai.models.responses.CompactedResponse;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ResponsesServerEvent;
import com.openai.models.responses.inputitems.ResponseItemList;
import com.openai.models.responses.inputtokens.InputTokenCountResponse;
import java.util.List;
import java.util.function.Consumer;

/**
 * A model of OpenAI's client for Java, by which it validates what it is sent. Safe for use by many threads.
 *
 * @param validate throws if the value is not as the model says
 */
record OpenAiModel<T>(Class<T> type, Consumer<T> validate) {

    static final OpenAiModel<ResponseStreamEvent> STREAM_EVENT =
            new OpenAiModel<>(ResponseStreamEvent.class, ResponseStreamEvent::validate);
    static final OpenAiModel<ResponsesServerEvent> SOCKET_EVENT =
            new OpenAiModel<>(ResponsesServerEvent.class, ResponsesServerEvent::validate);
    static final OpenAiModel<Response> RESPONSE = new OpenAiModel<>(Response.class, Response::validate);
    static final OpenAiModel<CompactedResponse> COMPACTED_RESPONSE =
            new OpenAiModel<>(CompactedResponse.class, CompactedResponse::validate);
    static final OpenAiModel<ResponseItemList> ITEM_LIST =
            new OpenAiModel<>(ResponseItemList.class, ResponseItemList::validate);
    static final OpenAiModel<InputTokenCountResponse> INPUT_TOKENS =
            new OpenAiModel<>(InputTokenCountResponse.class, InputTokenCountResponse::validate);
    static final OpenAiModel<ChatCompletion> CHAT_COMPLETION =
            new OpenAiModel<>(ChatCompletion.class, ChatCompletion::validate);
    static final OpenAiModel<ChatCompletionChunk> CHAT_COMPLETION_CHUNK =
            new OpenAiModel<>(ChatCompletionChunk.class, ChatCompletionChunk::validate);
    static final OpenAiModel<Model> MODEL = new OpenAiModel<>(Model.class, Model::validate);
    static final OpenAiModel<ModelListPageResponse> MODEL_LIST =
            new OpenAiModel<>(ModelListPageResponse.class, ModelListPageResponse::validate);
    static final OpenAiModel<ErrorObject> ERROR = new OpenAiModel<>(ErrorObject.class, ErrorObject::validate);

    /** What makes the client throw, except for the values of {@link Extensions}; empty if nothing does. */
    List<String> faults(JsonNode value) {
        var json = Extensions.forOpenAi(value).toString();
        try {
            validate.accept(ObjectMappers.jsonMapper().readValue(json, type));
            return List.of();
        } catch (OpenAIInvalidDataException | JsonProcessingException e) {
            return List.of("openai-java: " + type.getSimpleName() + ": " + e.getMessage());
        }
    }
}
