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

/** The models of OpenAI's client for Java, by which it validates what it is sent. Safe for use by many threads. */
enum OpenAiModels {
    STREAM_EVENT(ResponseStreamEvent.class, ResponseStreamEvent::validate),
    SOCKET_EVENT(ResponsesServerEvent.class, ResponsesServerEvent::validate),
    RESPONSE(Response.class, Response::validate),
    COMPACTED_RESPONSE(CompactedResponse.class, CompactedResponse::validate),
    ITEM_LIST(ResponseItemList.class, ResponseItemList::validate),
    INPUT_TOKENS(InputTokenCountResponse.class, InputTokenCountResponse::validate),
    CHAT_COMPLETION(ChatCompletion.class, ChatCompletion::validate),
    CHAT_COMPLETION_CHUNK(ChatCompletionChunk.class, ChatCompletionChunk::validate),
    MODEL(Model.class, Model::validate),
    MODEL_LIST(ModelListPageResponse.class, ModelListPageResponse::validate),
    ERROR(ErrorObject.class, ErrorObject::validate);

    private final Validation validation;

    <T> OpenAiModels(Class<T> type, Consumer<T> validate) {
        this.validation = json -> validate.accept(ObjectMappers.jsonMapper().readValue(json, type));
    }

    /** What makes the client throw, except for the values of {@link Extensions}; empty if nothing does. */
    List<String> faults(JsonNode value) {
        try {
            validation.run(Extensions.forOpenAi(value).toString());
            return List.of();
        } catch (OpenAIInvalidDataException | JsonProcessingException e) {
            return List.of("openai-java: " + name() + ": " + e.getMessage());
        }
    }

    private interface Validation {
        void run(String json) throws JsonProcessingException;
    }
}
