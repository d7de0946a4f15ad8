import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.RateLimitException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.Reasoning;
import com.openai.models.ReasoningEffort;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseIncludable;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** OpenAI's Java client over HTTP; each object and event is validated by it. */
public final class OpenAiHttp {

    private static final List<String> FUNCTIONS = List.of("river_depth", "river_length", "river_source");

    private final OpenAIClient client = OpenAIOkHttpClient.builder()
            .baseUrl(Attempts.BASE_URL)
            .apiKey(Attempts.API_KEY)
            .maxRetries(0)
            .build();

    public static void main(String[] args) {
        var script = new OpenAiHttp();
        new Attempts()
                .attempt("a streamed answer, each event validated", script::streamed)
                .attempt("a whole answer, validated", script::whole)
                .attempt("an agent loop, stored", script::storedLoop)
                .attempt("an agent loop, store: false with encrypted reasoning", script::encryptedLoop)
                .attempt("retrieve, cancel and delete, validated", script::cancelled)
                .attempt("Chat Completions, streamed and whole, validated", script::completions)
                .attempt("errors by their types", script::errors)
                .exit();
    }

    private void streamed() {
        var accumulator = ResponseAccumulator.create();
        try (var events =
                client.responses().createStreaming(ask("Why do rivers bend?").build())) {
            events.stream().map(ResponseStreamEvent::validate).forEach(accumulator::accumulate);
        }
        Attempts.require(!text(accumulator.response().validate()).isEmpty(), "there is no text");
    }

    private void whole() {
        var response = client.responses().create(ask("/echo hello").build()).validate();
        Attempts.require(text(response).equals("hello"), response);
    }

    private void storedLoop() {
        List<ResponseInputItem> input = List.of(user(Attempts.RIVER_PROMPT));
        var called = new TreeSet<String>();
        var request = withTools();
        for (int round = 0; round < 6; round++) {
            var response = client.responses()
                    .create(request.inputOfResponse(input).build())
                    .validate();
            var outputs = outputs(response, called);
            if (outputs.isEmpty()) {
                Attempts.require(List.copyOf(called).equals(FUNCTIONS), called);
                return;
            }
            request.previousResponseId(response.id());
            input = outputs;
        }
        throw new AssertionError("the loop did not end");
    }

    private void encryptedLoop() {
        List<ResponseInputItem> input = new ArrayList<>(List.of(user(Attempts.RIVER_PROMPT)));
        var called = new TreeSet<String>();
        var request = withTools()
                .store(false)
                .addInclude(ResponseIncludable.REASONING_ENCRYPTED_CONTENT)
                .reasoning(Reasoning.builder().effort(ReasoningEffort.MEDIUM).build());
        for (int round = 0; round < 6; round++) {
            var response = client.responses()
                    .create(request.inputOfResponse(input).build())
                    .validate();
            var outputs = outputs(response, called);
            if (outputs.isEmpty()) {
                Attempts.require(List.copyOf(called).equals(FUNCTIONS), called);
                long sealed = input.stream()
                        .filter(item -> item.isReasoning()
                                && item.asReasoning().encryptedContent().isPresent())
                        .count();
                Attempts.require(sealed == 3, sealed + " reasoning items were encrypted");
                return;
            }
            for (var item : response.output()) {
                item.reasoning().map(ResponseInputItem::ofReasoning).ifPresent(input::add);
                item.functionCall().map(ResponseInputItem::ofFunctionCall).ifPresent(input::add);
            }
            input.addAll(outputs);
        }
        throw new AssertionError("the loop did not end");
    }

    private void cancelled() {
        var begun = client.responses()
                .create(ask("/slow 20 /count 400").background(true).build())
                .validate();
        var cancelled = client.responses().cancel(begun.id()).validate();
        Attempts.require(
                cancelled.status().filter(ResponseStatus.CANCELLED::equals).isPresent(), cancelled.status());
        client.responses().retrieve(begun.id()).validate();
        client.responses().delete(begun.id());
        Attempts.thrown(NotFoundException.class, () -> client.responses().retrieve(begun.id()));
    }

    private void completions() {
        var request = ChatCompletionCreateParams.builder().model(Attempts.MODEL).addUserMessage("/echo hello");
        var whole = client.chat().completions().create(request.build()).validate();
        Attempts.require(
                whole.choices().getFirst().message().content().orElse("").equals("hello"), whole);
        var text = new StringBuilder();
        try (var chunks = client.chat().completions().createStreaming(request.build())) {
            chunks.stream()
                    .forEach(chunk -> chunk.validate()
                            .choices()
                            .forEach(choice -> choice.delta().content().ifPresent(text::append)));
        }
        Attempts.require(text.toString().equals("hello"), text);
    }

    private void errors() {
        var refused = Attempts.thrown(
                BadRequestException.class,
                () -> client.responses().create(ask("/fail 400 hello").build()));
        Attempts.require(refused.code().isPresent(), refused);
        Attempts.thrown(
                RateLimitException.class,
                () -> client.responses().create(ask("/fail 429 after=1 hello").build()));
        Attempts.thrown(NotFoundException.class, () -> client.responses().retrieve("resp_" + "0".repeat(32)));
    }

    private static ResponseCreateParams.Builder ask(String prompt) {
        return ResponseCreateParams.builder().model(Attempts.MODEL).input(prompt);
    }

    private static ResponseCreateParams.Builder withTools() {
        var request = ResponseCreateParams.builder().model(Attempts.MODEL).parallelToolCalls(false);
        FUNCTIONS.forEach(name -> request.addTool(function(name)));
        return request;
    }

    static FunctionTool function(String name) {
        return FunctionTool.builder()
                .name(name)
                .parameters(FunctionTool.Parameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .putAdditionalProperty("properties", JsonValue.from(Map.of("river", Map.of("type", "string"))))
                        .putAdditionalProperty("required", JsonValue.from(List.of("river")))
                        .putAdditionalProperty("additionalProperties", JsonValue.from(false))
                        .build())
                .strict(true)
                .build();
    }

    /** The outputs of a response's calls; empty if it calls nothing. */
    static List<ResponseInputItem> outputs(Response response, TreeSet<String> called) {
        var outputs = new ArrayList<ResponseInputItem>();
        for (var item : response.output()) {
            item.functionCall().ifPresent(call -> {
                called.add(call.name());
                outputs.add(ResponseInputItem.ofFunctionCallOutput(ResponseInputItem.FunctionCallOutput.builder()
                        .callId(call.callId())
                        .output("1230 km")
                        .build()));
            });
        }
        return outputs;
    }

    static ResponseInputItem user(String text) {
        return ResponseInputItem.ofMessage(ResponseInputItem.Message.builder()
                .role(ResponseInputItem.Message.Role.USER)
                .addInputTextContent(text)
                .build());
    }

    static String text(Response response) {
        var text = new StringBuilder();
        response.output().stream()
                .flatMap(item -> item.message().stream())
                .flatMap(message -> message.content().stream())
                .flatMap(part -> part.outputText().stream())
                .forEach(part -> text.append(part.text()));
        return text.toString();
    }
}
