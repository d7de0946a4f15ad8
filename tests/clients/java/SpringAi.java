import com.openai.errors.BadRequestException;
import com.openai.errors.RateLimitException;
import java.util.TreeSet;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.annotation.Tool;

/** Spring AI's ChatClient, which knows Chat Completions only. */
public final class SpringAi {

    private final ChatClient client = ChatClient.create(OpenAiChatModel.builder()
            .options(OpenAiChatOptions.builder()
                    .baseUrl(Attempts.BASE_URL)
                    .apiKey(Attempts.API_KEY)
                    .model(Attempts.MODEL)
                    .maxRetries(0)
                    .build())
            .build());

    /** The three functions, and the names of those that were called. */
    public static final class Rivers {
        private final TreeSet<String> called = new TreeSet<>();

        @Tool(name = "river_length", description = "Gives the length of a river.")
        public String length(String river) {
            return answer("river_length");
        }

        @Tool(name = "river_depth", description = "Gives the depth of a river.")
        public String depth(String river) {
            return answer("river_depth");
        }

        @Tool(name = "river_source", description = "Gives the source of a river.")
        public String source(String river) {
            return answer("river_source");
        }

        private String answer(String name) {
            called.add(name);
            return "1230";
        }
    }

    public static void main(String[] args) {
        var script = new SpringAi();
        new Attempts()
                .attempt("a whole answer", script::whole)
                .attempt("a streamed answer", script::streamed)
                .attempt("an agent loop", script::loop)
                .attempt("an agent loop, streamed", script::streamedLoop)
                .attempt("errors by their types", script::errors)
                .exit();
    }

    private void whole() {
        var text = client.prompt("/echo hello").call().content();
        Attempts.require("hello".equals(text), text);
    }

    private void streamed() {
        var pieces = client.prompt("/count 20").stream().content().collectList().block();
        Attempts.require(
                pieces != null && pieces.size() > 1 && String.join("", pieces).contains("20"), pieces);
    }

    private void loop() {
        var rivers = new Rivers();
        var text = client.prompt(Attempts.RIVER_PROMPT).tools(rivers).call().content();
        Attempts.require(text != null && !text.isEmpty(), "there is no text");
        Attempts.require(rivers.called.size() == 3, rivers.called);
    }

    private void streamedLoop() {
        var rivers = new Rivers();
        client.prompt(Attempts.RIVER_PROMPT).tools(rivers).stream().content().blockLast();
        Attempts.require(rivers.called.size() == 3, rivers.called);
    }

    private void errors() {
        Attempts.thrown(
                RateLimitException.class,
                () -> client.prompt("/fail 429 after=1 hello").call().content());
        Attempts.thrown(
                BadRequestException.class,
                () -> client.prompt("/fail 400 hello").call().content());
    }
}
