package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.local.model.Behaviour.Pace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class SimulatedModelTest {

    private static final OpenResponsesSchema SCHEMA = new OpenResponsesSchema();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new JsonMapper();

    private SimulatedModel model;

    @BeforeEach
    void start() throws IOException {
        model = SimulatedModel.start("127.0.0.1", 0, Behaviour.DEFAULT.with(Pace.UNPACED), 1, InstantSource.system());
    }

    @AfterEach
    void stop() {
        model.close();
    }

    @AfterAll
    static void close() {
        CLIENT.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "How do rivers form?",
                "/count 3",
                "/echo Grüße  an 👋 alle\n",
                "/large 3",
                "/tool",
                "/refuse",
                "/reason Why?",
                "/help",
                "/failed",
                "/error",
                "/reason /tool find_river the Rhine"
            })
    void sendsValidEventsInOrder(String prompt) throws Exception {
        var events = events(stream(prompt));

        for (int i = 0; i < events.size(); i++) {
            var event = events.get(i);
            assertThat(SCHEMA.errorsOfEvent(event.path("type").asText(), event.toString()))
                    .as(event.toString())
                    .isEmpty();
            assertThat(event.path("sequence_number").asInt()).isEqualTo(i);
        }
    }

    @Test
    void sendsTheEventsOfAMessageInTheStandardOrder() throws Exception {
        assertThat(types(events(stream("/count 2")))).isEqualTo("""
        response.created response.in_progress response.output_item.added response.content_part.added \
        response.output_text.delta response.output_text.delta response.output_text.done response.content_part.done \
        response.output_item.done response.completed""");
    }

    @ParameterizedTest
    @ValueSource(strings = {"How do rivers form?", "/echo  Grüße  an 👋 alle ", "/large 100", "/help"})
    void terminalEventRepeatsTheTextOfTheDeltas(String prompt) throws Exception {
        var events = events(stream(prompt));
        var said = events.stream()
                .filter(event -> event.path("type").asText().equals("response.output_text.delta"))
                .map(event -> event.path("delta").asText())
                .collect(Collectors.joining());

        var response = events.getLast().path("response");
        assertThat(response.at("/output/0/content/0/text").asText()).isEqualTo(said);
        assertThat(response.at("/usage/output_tokens").asInt()).isPositive();
        if (prompt.startsWith("/echo")) {
            assertThat(said).isEqualTo("Grüße  an 👋 alle");
        }
        if (prompt.startsWith("/large")) {
            assertThat(said).hasSize(100 * 1024);
        }
    }

    @Test
    void answersTheNewestUserMessage() throws Exception {
        var input = JSON.readTree("""
        [{"role":"user","content":"/refuse"},{"role":"assistant","content":"no"},
         {"role":"user","content":[{"type":"input_text","text":"/echo second"}]}]""");

        assertThat(events(stream(request("").set("input", input)))
                        .getLast()
                        .at("/response/output/0/content/0/text")
                        .asText())
                .isEqualTo("second");
        assertThat(model.stats().requests())
                .singleElement()
                .satisfies(asked -> assertThat(asked.earlier()).containsExactly("user: /refuse", "assistant: no"));
    }

    @Test
    void callsAFunctionOfTheRequestAndReadsItsResult() throws Exception {
        var tools = JSON.readTree("[{\"type\":\"function\",\"name\":\"river\"}]");
        var call = events(stream(request("/tool the Rhine").set("tools", tools)))
                .getLast()
                .at("/response/output/0");
        assertThat(call.path("name").asText() + call.path("arguments").asText())
                .isEqualTo("river{\"input\":\"the Rhine\"}");

        var input = JSON.createArrayNode()
                .add(call)
                .add(JSON.createObjectNode()
                        .put("type", "function_call_output")
                        .put("call_id", call.path("call_id").asText())
                        .put("output", "1230 km"));
        assertThat(stream(request("").set("input", input)).body()).contains("1230");
    }

    @Test
    void stopsAtMaxOutputTokens() throws Exception {
        var response =
                events(stream(request("/count 9").put("max_output_tokens", 2))).getLast();

        assertThat(response.path("type").asText()).isEqualTo("response.incomplete");
        assertThat(response.at("/response/output/0/content/0/text").asText()).isEqualTo("1 2");
        assertThat(SCHEMA.errorsOfEvent("response.incomplete", response.toString()))
                .isEmpty();
    }

    @Test
    void answersInOnePieceWithoutStream() throws Exception {
        var answer = post(request("/count 3").put("stream", false));

        assertThat(SCHEMA.errorsOfResponse(answer.body())).isEmpty();
        assertThat(JSON.readTree(answer.body()).at("/output/0/content/0/text").asText())
                .isEqualTo("1 2 3");
    }

    @Test
    void equalSeedsGiveEqualAnswers() throws Exception {
        var first = stream("Why?").body();
        try (var second =
                SimulatedModel.start("127.0.0.1", 0, Behaviour.DEFAULT.with(Pace.UNPACED), 1, InstantSource.system())) {
            assertThat(words(post(second, request("Why?")))).isEqualTo(words(first));
        }
        assertThat(words(stream("Why?").body())).isNotEqualTo(words(first));
    }

    @Test
    void extendSendsUnknownEventsAndFields() throws Exception {
        assertThat(stream("/extend /count 1").body()).contains("\"sim:response.mood\"", "\"sim_confidence\"");
    }

    @Test
    void refusesTheCommandedNumberOfTimes() throws Exception {
        var trace = new ArrayList<Integer>();
        for (int i = 0; i < 4; i++) {
            trace.add(stream("/fail 429 after=1.5 times=2 please").statusCode());
        }
        assertThat(trace).containsExactly(429, 429, 200, 200);

        var refusal = stream("/fail 503 after=1.5");
        assertThat(refusal.headers().firstValue("retry-after")).contains("2");
        assertThat(refusal.headers().firstValue("retry-after-ms")).contains("1500");
        assertThat(JSON.readTree(refusal.body()).at("/error/code").asText()).isEqualTo("server_error");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      /end 2 /count 9    | 2 deltas, then [DONE]
      /error 2 /count 9  | 2 deltas, then error
      /failed 2 /count 9 | 2 deltas, then response.failed
      /nonsense 2 /count 3 | 3 deltas, 1 garbled, then response.completed
      """)
    void injectsTheCommandedFault(String prompt, String outcome) throws Exception {
        var lines = stream(prompt)
                .body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring(6))
                .toList();
        var garbled = lines.stream()
                .filter(line -> line.startsWith("{") && !line.endsWith("}"))
                .count();
        var deltas = lines.stream().filter(line -> line.contains(".delta\"")).count();
        var last = lines.get(lines.size() - 2);
        var end = last.contains(".delta\"")
                ? "[DONE]"
                : JSON.readTree(last).path("type").asText();

        assertThat(deltas + " deltas, " + (garbled > 0 ? garbled + " garbled, " : "") + "then " + end)
                .isEqualTo(outcome);
        assertThat(lines.getLast()).isEqualTo("[DONE]");
    }

    @Test
    void sendsAPageInsteadOfEvents() throws Exception {
        assertThat(stream("/page").headers().firstValue("content-type")).contains("text/html");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/break 0", "/break 2"})
    void closesTheConnectionOnBreak(String prompt) {
        assertThatThrownBy(() -> stream(prompt)).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @CsvSource({"/stall,0", "/stall 2,2", "/slow /count,1", "/delay 60000,0"})
    void stopsWhenTheClientDisconnects(String prompt, int deltas) throws Exception {
        try (var socket = ask(prompt)) {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            for (int seen = 0; seen < deltas; ) {
                seen += in.readLine().startsWith("event: response.output_text.delta") ? 1 : 0;
            }
            await(stats ->
                    stats.openStreams() == 1 && stats.requests().getFirst().deltas() == deltas);
        }
        var request = await(stats -> stats.openStreams() == 0).requests().getFirst();

        assertThat(request.outcome()).contains("client_gone");
        assertThat(request.deltas()).isBetween(deltas, deltas + 1);
    }

    @Test
    void statsShowEachRequest() throws Exception {
        stream("/count 3");

        var stats = await(s -> s.openStreams() == 0);
        var request = stats.requests().getFirst();
        assertThat(request.prompt()).isEqualTo("/count 3");
        assertThat(request.outcome()).contains("sent");
        assertThat(request.deltas()).isEqualTo(3);
        assertThat(request.times().firstByteAt().orElseThrow())
                .isBetween(
                        request.times().receivedAt(),
                        request.times().firstDeltaAt().orElseThrow());
        assertThat(request.times().endedAt().orElseThrow())
                .isAfterOrEqualTo(request.times().firstDeltaAt().orElseThrow());
        var overHttp = JSON.readTree(get("/stats?ended=%2Fcount%203").body());
        assertThat(overHttp.at("/requests/0/first_byte_at").asText())
                .isEqualTo(request.times().firstByteAt().orElseThrow().toString());

        CLIENT.send(HttpRequest.newBuilder(uri("/stats")).DELETE().build(), HttpResponse.BodyHandlers.ofString());
        assertThat(model.stats().requests()).isEmpty();
    }

    @Test
    void listsItsModel() throws Exception {
        assertThat(JSON.readTree(get("/v1/models").body()).at("/data/0/id").asText())
                .isEqualTo("simulated");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      {        | 400 | invalid_json
      []       | 400 | invalid_json
      {}       | 400 | missing_required_parameter
      """)
    void refusesMalformedRequests(String body, int status, String code) throws Exception {
        var answer = CLIENT.send(
                HttpRequest.newBuilder(uri("/v1/responses"))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(JSON.readTree(answer.body()).at("/error/code").asText()).isEqualTo(code);
    }

    @Test
    void knowsOnlyItsRoutes() throws Exception {
        assertThat(get("/v1/responses").statusCode()).isEqualTo(404);
    }

    private ModelStats await(Predicate<ModelStats> condition) throws InterruptedException {
        var stats = model.await(condition, Duration.ofSeconds(10));
        assertThat(stats).matches(condition);
        return stats;
    }

    private Socket ask(String prompt) throws IOException {
        var body = request(prompt).toString();
        var socket =
                new Socket(InetAddress.getLoopbackAddress(), model.baseUrl().getPort());
        socket.getOutputStream()
                .write(("POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                                + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private HttpResponse<String> stream(String prompt) throws Exception {
        return stream(request(prompt));
    }

    private HttpResponse<String> stream(JsonNode request) throws Exception {
        return post(request);
    }

    private HttpResponse<String> post(JsonNode request) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(uri("/v1/responses"))
                        .POST(HttpRequest.BodyPublishers.ofString(request.toString()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String post(SimulatedModel model, JsonNode request) throws Exception {
        return CLIENT.send(
                        HttpRequest.newBuilder(URI.create(model.baseUrl() + "/responses"))
                                .POST(HttpRequest.BodyPublishers.ofString(request.toString()))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private HttpResponse<String> get(String path) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return model.baseUrl().resolve(path);
    }

    private static ObjectNode request(String prompt) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("model", "m")
                .put("stream", true)
                .put("input", prompt);
    }

    private static List<JsonNode> events(HttpResponse<String> stream) throws Exception {
        var events = new ArrayList<JsonNode>();
        for (var message : stream.body().split("\n\n", -1)) {
            var lines = message.lines().toList();
            if (lines.size() == 2) {
                var event = JSON.readTree(lines.get(1).substring("data: ".length()));
                assertThat(lines.getFirst())
                        .isEqualTo("event: " + event.path("type").asText());
                events.add(event);
            }
        }
        assertThat(stream.body()).endsWith("\n\ndata: [DONE]\n\n");
        return events;
    }

    private static String types(List<JsonNode> events) {
        return events.stream().map(event -> event.path("type").asText()).collect(Collectors.joining(" "));
    }

    private static String words(String stream) {
        return stream.replaceAll("\"created_at\":\\d+|\"completed_at\":\\d+", "");
    }
}
