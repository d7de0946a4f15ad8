import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiResponsesChatModel;
import dev.langchain4j.model.openai.OpenAiResponsesStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.service.AiServices;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** LangChain4j by Chat Completions, its default, and by the Responses API. */
public final class Langchain4j {

    private final String api;
    private final ChatModel model;
    private final StreamingChatModel streaming;

    private Langchain4j(String api, ChatModel model, StreamingChatModel streaming) {
        this.api = api;
        this.model = model;
        this.streaming = streaming;
    }

    interface Assistant {
        String chat(String prompt);
    }

    /** The three functions, and the names of those that were called. */
    public static final class Rivers {
        private final TreeSet<String> called = new TreeSet<>();

        @Tool(name = "river_length")
        public String length(@P("river") String river) {
            return answer("river_length");
        }

        @Tool(name = "river_depth")
        public String depth(@P("river") String river) {
            return answer("river_depth");
        }

        @Tool(name = "river_source")
        public String source(@P("river") String river) {
            return answer("river_source");
        }

        private String answer(String name) {
            called.add(name);
            return "1230";
        }
    }

    public static void main(String[] args) {
        var attempts = new Attempts();
        new Langchain4j(
                        "Chat Completions",
                        OpenAiChatModel.builder()
                                .baseUrl(Attempts.BASE_URL)
                                .apiKey(Attempts.API_KEY)
                                .modelName(Attempts.MODEL)
                                .maxRetries(0)
                                .build(),
                        OpenAiStreamingChatModel.builder()
                                .baseUrl(Attempts.BASE_URL)
                                .apiKey(Attempts.API_KEY)
                                .modelName(Attempts.MODEL)
                                .build())
                .attemptAll(attempts);
        new Langchain4j(
                        "Responses",
                        OpenAiResponsesChatModel.builder()
                                .baseUrl(Attempts.BASE_URL)
                                .apiKey(Attempts.API_KEY)
                                .modelName(Attempts.MODEL)
                                .build(),
                        OpenAiResponsesStreamingChatModel.builder()
                                .baseUrl(Attempts.BASE_URL)
                                .apiKey(Attempts.API_KEY)
                                .modelName(Attempts.MODEL)
                                .build())
                .attemptAll(attempts);
        attempts.exit();
    }

    private void attemptAll(Attempts attempts) {
        attempts.attempt("a whole answer, " + api, this::whole)
                .attempt("a streamed answer, " + api, this::streamed)
                .attempt("an agent loop, " + api, this::loop)
                .attempt("errors by their types, " + api, this::errors);
    }

    private void whole() {
        var text = model.chat("/echo hello");
        Attempts.require(text.equals("hello"), text);
    }

    private void streamed() {
        var pieces = new StringBuffer();
        var end = new CompletableFuture<ChatResponse>();
        streaming.chat("/count 20", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String piece) {
                pieces.append(piece);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                end.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                end.completeExceptionally(error);
            }
        });
        var text = end.join().aiMessage().text();
        Attempts.require(text.contentEquals(pieces) && text.contains("20"), pieces);
    }

    private void loop() {
        var rivers = new Rivers();
        var assistant = AiServices.builder(Assistant.class)
                .chatModel(model)
                .tools(rivers)
                .build();
        var text = assistant.chat(Attempts.RIVER_PROMPT);
        Attempts.require(!text.isEmpty(), "there is no text");
        Attempts.require(rivers.called.size() == 3, rivers.called);
    }

    private void errors() {
        Attempts.thrown(RateLimitException.class, () -> model.chat("/fail 429 after=1 hello"));
        Attempts.thrown(InvalidRequestException.class, () -> model.chat("/fail 400 hello"));
        var refused = Attempts.thrown(HttpException.class, () -> model.chat("/fail 400 hello"));
        Attempts.require(refused.statusCode() == 400, refused.statusCode());
    }
}
