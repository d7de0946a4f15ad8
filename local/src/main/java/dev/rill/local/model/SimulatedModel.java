package dev.rill.local.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.local.model.Behaviour.Fault;
import dev.rill.local.model.Observations.Outcome;
import dev.rill.local.model.Playback.Exchange;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * An Open Responses server without a model: it answers with a few fixed sentences, word by word, calls the functions of
 * the request, and injects faults on command ({@link Commands}). It refuses the requests that OpenAI refuses. It
 * accepts any key, or none.
 *
 * <table>
 * <caption>Routes</caption>
 * <tr><td>{@code POST /v1/responses}</td><td>an answer, streamed if {@code stream} is true</td></tr>
 * <tr><td>{@code POST /v1/chat/completions}</td><td>the same in Chat Completions</td></tr>
 * <tr><td>{@code POST /v1/responses/compact}</td><td>a conversation with one item in place of its answers</td></tr>
 * <tr><td>{@code POST /v1/responses/input_tokens}</td><td>the number of tokens of an input</td></tr>
 * <tr><td>{@code GET /v1/models}</td><td>the only model</td></tr>
 * <tr><td>{@code GET /stats}</td><td>the number of open streams, and the times of each request</td></tr>
 * <tr><td>{@code GET /stats?ended=PROMPT}</td><td>the same, once that prompt is answered, or after 10 s</td></tr>
 * <tr><td>{@code DELETE /stats}</td><td>deletes the requests that have ended</td></tr>
 * </table>
 *
 * <p>Stops an answer within about 20 ms after its client has disconnected. Each stream has a virtual thread.
 */
public final class SimulatedModel implements AutoCloseable {

    /** The model's own name. A request that names another model is answered as well. */
    public static final String NAME = ResponseResource.DEFAULT_MODEL;

    private static final ObjectMapper MAPPER = new JsonMapper();
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final Duration END_TIMEOUT = Duration.ofSeconds(10);
    private static final int PROMPT_SHOWN = 80;
    private static final int EARLIER_SHOWN = 50;

    private final Behaviour behaviour;
    private final long seed;
    private final InstantSource clock;
    private final Server server;
    private final ServerConnector connector;
    private final ReasoningSeal seal = ReasoningSeal.withRandomKey();
    private final StoredItems stored = new StoredItems();
    private final Observations observations = new Observations();
    private final AtomicLong requests = new AtomicLong();
    private final Map<String, Integer> refusals = new ConcurrentHashMap<>();

    private SimulatedModel(String host, int port, Behaviour behaviour, long seed, InstantSource clock) {
        this.behaviour = behaviour;
        this.seed = seed;
        this.clock = clock;
        this.server = new Server(new VirtualThreadPool());
        this.connector = new ServerConnector(server, 1, 1);
        connector.setHost(host);
        connector.setPort(port);
        server.addConnector(connector);
        server.setHandler(new Routes());
    }

    /**
     * Starts the server.
     *
     * @param port 0 takes a free one
     * @param behaviour the behaviour of prompts without commands
     * @param seed equal seeds give equal answers to equal sequences of requests
     * @throws IOException if it can't listen on the port
     */
    public static SimulatedModel start(String host, int port, Behaviour behaviour, long seed, InstantSource clock)
            throws IOException {
        var model = new SimulatedModel(host, port, behaviour, seed, clock);
        try {
            model.server.start();
        } catch (Exception e) {
            model.close();
            throw new IOException("the simulated model can't listen on " + host + ":" + port, e);
        }
        return model;
    }

    /** The base URL for clients of OpenAI, {@code http://host:port/v1}. */
    public URI baseUrl() {
        return URI.create("http://" + connector.getHost() + ":" + connector.getLocalPort() + "/v1");
    }

    /** The requests so far, as {@code GET /stats} shows them. */
    public ModelStats stats() {
        return observations.stats();
    }

    /**
     * Waits until the requests so far satisfy a condition, or until the time is over. It is tested after each delta and
     * at the end of each request.
     *
     * @return the requests at that moment
     */
    public ModelStats await(Predicate<ModelStats> condition, Duration atMost) throws InterruptedException {
        return observations.await(condition, atMost);
    }

    /** Closes every stream and stops listening. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the simulated model can't be stopped", e);
        }
    }

    private final class Routes extends Handler.Abstract {

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            var path = Request.getPathInContext(request);
            switch (request.getMethod() + " " + path) {
                case "POST /v1/responses" -> answer(request, response, callback);
                case "POST /v1/chat/completions" -> complete(request, response, callback);
                case "POST /v1/responses/compact" -> compact(request, response, callback);
                case "POST /v1/responses/input_tokens" -> countTokens(request, response, callback);
                case "GET /v1/models" -> send(response, callback, 200, models());
                case "GET /stats" -> send(response, callback, 200, Observations.toJson(stats(request)));
                case "DELETE /stats" -> {
                    observations.forget();
                    send(response, callback, 200, Observations.toJson(stats()));
                }
                default ->
                    send(
                            response,
                            callback,
                            404,
                            error("not_found", "There is no " + request.getMethod() + " " + path + " here."));
            }
            return true;
        }
    }

    private ModelStats stats(Request request) throws Exception {
        var ended = Request.getParameters(request).getValue("ended");
        return ended == null ? stats() : await(stats -> !stats.isAnswering(ended), END_TIMEOUT);
    }

    private void compact(Request request, Response response, Callback callback) throws Exception {
        var body = find(Content.Source.asString(request, UTF_8));
        if (body.isPresent() && !body.get().path("model").isTextual()) {
            send(response, callback, 400, error("missing_required_parameter", "Missing required parameter: 'model'."));
        } else {
            reply(body, response, callback, this::compact);
        }
    }

    private ObjectNode compact(ResponseRequest asked) {
        var ids = new Ids(new SplittableRandom(seed + requests.getAndIncrement()));
        return Compaction.of(asked, seal, ids, clock.instant());
    }

    private void countTokens(Request request, Response response, Callback callback) throws Exception {
        reply(find(Content.Source.asString(request, UTF_8)), response, callback, asked -> {
            RequestRules.check(asked, seal);
            return JSON.objectNode().put("object", "response.input_tokens").put("input_tokens", asked.inputTokens());
        });
    }

    /** Sends one object, or the error of a request that breaks a rule. */
    private void reply(
            Optional<ObjectNode> body,
            Response response,
            Callback callback,
            Function<ResponseRequest, ObjectNode> answer) {
        if (body.isEmpty()) {
            send(response, callback, 400, error("invalid_json", "The body is not a JSON object."));
            return;
        }
        if (!hasInput(body.get())) {
            send(response, callback, 400, missingInput());
            return;
        }
        try {
            send(response, callback, 200, answer.apply(new ResponseRequest(stored.resolved(body.get()))));
        } catch (InvalidRequestException e) {
            send(response, callback, 400, error(e));
        }
    }

    private static boolean hasInput(ObjectNode body) {
        return body.path("input").isTextual() || body.path("input").isArray();
    }

    private static ObjectNode missingInput() {
        return error("missing_required_parameter", "Missing required parameter: 'input'.");
    }

    private void answer(Request request, Response response, Callback callback) throws Exception {
        var body = find(Content.Source.asString(request, UTF_8));
        if (body.isEmpty()) {
            send(response, callback, 400, error("invalid_json", "The body is not a JSON object."));
        } else if (!hasInput(body.get())) {
            send(response, callback, 400, missingInput());
        } else {
            answer(
                    new ResponseRequest(stored.resolved(body.get())),
                    new Exchange(request, response, Wire.responses()),
                    callback);
        }
    }

    private void complete(Request request, Response response, Callback callback) throws Exception {
        var body = find(Content.Source.asString(request, UTF_8));
        if (body.isEmpty()) {
            send(response, callback, 400, error("invalid_json", "The body is not a JSON object."));
        } else if (body.get().path("messages").isEmpty()) {
            send(
                    response,
                    callback,
                    400,
                    error("missing_required_parameter", "Missing required parameter: 'messages'."));
        } else {
            var chat = new ChatRequest(body.get());
            answer(
                    new ResponseRequest(chat.inResponses()),
                    new Exchange(request, response, new ChatWire(chat.usageAsked())),
                    callback);
        }
    }

    private void answer(ResponseRequest asked, Exchange exchange, Callback callback) throws Exception {
        var response = exchange.response();
        var words = asked.prompt();
        var reading = Commands.read(words, behaviour);
        var random = new SplittableRandom(seed + requests.getAndIncrement());
        var answer = new AnswerScript(asked, reading.behaviour(), reading.prompt(), seal, random, clock.instant());
        var observation = observations.begin(
                answer.id(),
                words.substring(0, Math.min(words.length(), PROMPT_SHOWN)),
                asked.earlier(PROMPT_SHOWN, EARLIER_SHOWN),
                clock.instant());
        if (reading.behaviour().fault() instanceof Fault.Refuse refuse
                && refusals.merge(words, 1, Integer::sum) <= refuse.times()) {
            observation.ended(clock.instant(), Outcome.REFUSED);
            refuse.retryAfter()
                    .ifPresent(wait -> response.getHeaders()
                            .put(HttpHeader.RETRY_AFTER, seconds(wait))
                            .put("retry-after-ms", wait.toMillis()));
            send(response, callback, refuse.status(), refusal(refuse.status()));
            return;
        }
        if (reading.behaviour().fault() instanceof Fault.WebPage) {
            observation.ended(clock.instant(), Outcome.REFUSED);
            send(response, callback, 200, "text/html", "<html><body>Welcome!</body></html>");
            return;
        }
        try {
            var steps = steps(asked, answer);
            var playback = new Playback(exchange, reading.behaviour().pace(), clock, observation);
            play(playback, steps, asked.delivery(), observation, callback);
        } catch (InvalidRequestException e) {
            observation.ended(clock.instant(), Outcome.REFUSED);
            send(response, callback, 400, error(e));
        }
    }

    private void play(
            Playback playback,
            List<Step> steps,
            ResponseRequest.Delivery delivery,
            Observations.Observation observation,
            Callback callback)
            throws InterruptedException {
        var outcome = switch (delivery) {
            case STREAM -> playback.stream(steps);
            case WHOLE -> playback.whole(steps);
        };
        observation.ended(clock.instant(), outcome);
        switch (outcome) {
            case SENT, REFUSED -> callback.succeeded();
            case BROKEN_OFF, CLIENT_GONE -> callback.failed(new IOException(outcome.wire()));
        }
    }

    private List<Step> steps(ResponseRequest asked, AnswerScript answer) {
        RequestRules.check(asked, seal);
        var steps = answer.steps();
        if (asked.isStored()) {
            stored.add(answer.output());
        }
        return steps;
    }

    private static Optional<ObjectNode> find(String text) {
        try {
            return MAPPER.readTree(text) instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
        } catch (JsonProcessingException _) {
            return Optional.empty();
        }
    }

    private static String seconds(Duration wait) {
        return String.valueOf(wait.plusMillis(999).toSeconds());
    }

    private static ObjectNode refusal(int status) {
        return switch (status) {
            case 401 -> error("invalid_api_key", "The simulated model was told not to know you.");
            case 404 -> error("model_not_found", "The simulated model was told not to be there.");
            case 429 -> error("rate_limit_exceeded", "The simulated model was told to be busy.");
            default ->
                error(
                        status >= 500 ? "server_error" : "invalid_request_error",
                        "The simulated model was told to refuse with " + status + ".");
        };
    }

    private static ObjectNode error(String code, String message) {
        return JSON.objectNode()
                .set(
                        "error",
                        JSON.objectNode()
                                .put("message", message)
                                .put("type", code)
                                .putNull("param")
                                .put("code", code));
    }

    private static ObjectNode error(InvalidRequestException refusal) {
        var error = JSON.objectNode();
        error.putObject("error")
                .put("message", refusal.message())
                .put("type", "invalid_request_error")
                .put("param", refusal.param().orElse(null))
                .put("code", refusal.code().orElse(null));
        return error;
    }

    private ObjectNode models() {
        var models = JSON.objectNode().put("object", "list");
        models.putArray("data")
                .addObject()
                .put("id", NAME)
                .put("object", "model")
                .put("created", 0)
                .put("owned_by", "rill");
        return models;
    }

    private static void send(Response response, Callback callback, int status, JsonNode json) {
        send(response, callback, status, "application/json", json.toString());
    }

    private static void send(Response response, Callback callback, int status, String type, String text) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.write(true, ByteBuffer.wrap(text.getBytes(UTF_8)), callback);
    }
}
