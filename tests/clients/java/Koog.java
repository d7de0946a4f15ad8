import ai.koog.agents.core.agent.AIAgent;
import ai.koog.agents.core.tools.ToolRegistry;
import ai.koog.agents.core.tools.annotations.Tool;
import ai.koog.agents.core.tools.reflect.ToolSet;
import ai.koog.prompt.executor.clients.ConnectionTimeoutConfig;
import ai.koog.prompt.executor.clients.openai.OpenAIClientFactory;
import ai.koog.prompt.executor.clients.openai.OpenAIClientSettings;
import ai.koog.prompt.executor.clients.openai.OpenAIModels;
import ai.koog.prompt.executor.llms.MultiLLMPromptExecutor;
import ai.koog.prompt.llm.LLMCapability;
import ai.koog.prompt.llm.LLModel;
import java.util.List;
import java.util.TreeSet;

/** JetBrains' koog: an agent by each of OpenAI's APIs. */
public final class Koog {

    private final LLMCapability endpoint;
    private final String api;

    private Koog(String api, LLMCapability endpoint) {
        this.api = api;
        this.endpoint = endpoint;
    }

    /** The three functions, and the names of those that were called. */
    public static final class Rivers implements ToolSet {
        private final TreeSet<String> called = new TreeSet<>();

        @Tool(customName = "river_length")
        public String length(String river) {
            return answer("river_length");
        }

        @Tool(customName = "river_depth")
        public String depth(String river) {
            return answer("river_depth");
        }

        @Tool(customName = "river_source")
        public String source(String river) {
            return answer("river_source");
        }

        private String answer(String name) {
            called.add(name);
            return "1230";
        }
    }

    public static void main(String[] args) {
        var attempts = new Attempts();
        new Koog("Chat Completions", LLMCapability.OpenAIEndpoint.Completions.INSTANCE).attemptAll(attempts);
        new Koog("Responses", LLMCapability.OpenAIEndpoint.Responses.INSTANCE).attemptAll(attempts);
        attempts.exit();
    }

    private void attemptAll(Attempts attempts) {
        attempts.attempt("a whole answer, " + api, this::whole)
                .attempt("an agent loop, " + api, this::loop)
                .attempt("an error, " + api, this::error);
    }

    private void whole() {
        var text = agent(new Rivers()).run("/echo hello");
        Attempts.require("hello".equals(text), text);
    }

    private void loop() {
        var rivers = new Rivers();
        var text = agent(rivers).run(Attempts.RIVER_PROMPT);
        Attempts.require(text != null && !text.isEmpty(), "there is no text");
        Attempts.require(rivers.called.size() == 3, rivers.called);
    }

    private void error() {
        var thrown = Attempts.thrown(Exception.class, () -> agent(new Rivers()).run("/fail 400 hello"));
        Attempts.require(String.valueOf(thrown).contains("400"), thrown);
    }

    private AIAgent<String, String> agent(Rivers rivers) {
        var root = Attempts.BASE_URL.substring(0, Attempts.BASE_URL.length() - "/v1".length());
        var settings = new OpenAIClientSettings(
                root,
                new ConnectionTimeoutConfig(),
                "v1/chat/completions",
                "v1/responses",
                "v1/embeddings",
                "v1/moderations",
                "v1/models");
        var model = new LLModel(
                OpenAIModels.Chat.GPT4o.getProvider(),
                Attempts.MODEL,
                List.of(LLMCapability.Completion.INSTANCE, LLMCapability.Tools.INSTANCE, endpoint),
                100_000L);
        return AIAgent.builder()
                .promptExecutor(
                        new MultiLLMPromptExecutor(OpenAIClientFactory.openAIClient(Attempts.API_KEY, settings)))
                .llmModel(model)
                .toolRegistry(ToolRegistry.builder().tools(rivers).build())
                .build();
    }
}
