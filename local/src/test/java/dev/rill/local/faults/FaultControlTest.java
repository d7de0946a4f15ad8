package dev.rill.local.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.local.gateway.ConnectionFaults.Fault;
import dev.rill.local.sqs.Redeliveries.Redelivery;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The HTTP control, and the fault interfaces that the stack calls. */
class FaultControlTest {
    private static final String NONE = """
      {"seed": 0,
       "connections": {"gone": 0.0, "limit_exceeded": 0.0, "server_error": 0.0, "hang": 0.0, "types": []},
       "queue": {"twice": 0.0, "late": 0.0, "late_seconds": 0.0},
       "dynamodb": {"throttled": 0.0, "conditional_failed": 0.0, "internal_error": 0.0}}""";

    private final HttpClient http = HttpClient.newHttpClient();
    private FaultControl control;

    @BeforeEach
    void start() throws Exception {
        control = FaultControl.start();
    }

    @AfterEach
    void stop() {
        http.close();
        control.close();
    }

    @Test
    void injectsNothingWithoutAPlan() throws Exception {
        assertJson(ask("GET", "/faults", ""), 200, NONE);
        assertThat(control.connections().beforePost("a", message("{}"))).isEqualTo(Fault.NONE);
        assertThat(control.redeliveries().of("m")).isEmpty();
    }

    @Test
    void showsThePlanThatItWasGiven() throws Exception {
        var plan = """
        {"seed": -42,
         "connections": {"gone": 0.1, "limit_exceeded": 0.2, "server_error": 0.3, "hang": 0.4, "types": ["response.created", "response.queued"]},
         "queue": {"twice": 1.0, "late": 0.5, "late_seconds": 2.5},
         "dynamodb": {"throttled": 0.25, "conditional_failed": 0.5, "internal_error": 0.25}}""";

        assertJson(ask("PUT", "/faults", plan), 200, plan);
        assertJson(ask("GET", "/faults", ""), 200, plan);
    }

    @Test
    void replacesTheWholePlan() throws Exception {
        ask(
                "PUT",
                "/faults",
                "{\"connections\": {\"gone\": 1}, \"queue\": {\"twice\": 1, \"late\": 1, \"late_seconds\": 30}}");
        assertThat(control.connections().beforePost("a", message("{}"))).isEqualTo(Fault.GONE);
        assertThat(control.redeliveries().of("m"))
                .containsExactly(new Redelivery.Duplicate(), new Redelivery.Late(Duration.ofSeconds(30)));

        ask("PUT", "/faults", "{\"connections\": {\"hang\": 1}}");

        assertThat(control.connections().beforePost("a", message("{}"))).isEqualTo(Fault.HANG);
        assertThat(control.redeliveries().of("m")).isEmpty();
    }

    @Test
    void endsAllFaults() throws Exception {
        ask("PUT", "/faults", "{\"seed\": 3, \"connections\": {\"gone\": 1}, \"queue\": {\"twice\": 1}}");

        assertJson(ask("DELETE", "/faults", ""), 200, NONE);

        assertThat(control.connections().beforePost("a", message("{}"))).isEqualTo(Fault.NONE);
        assertThat(control.redeliveries().of("m")).isEmpty();
    }

    @Test
    void countsCallsAndFaults() throws Exception {
        ask("PUT", "/faults", "{\"connections\": {\"limit_exceeded\": 1}, \"queue\": {\"late\": 1}}");
        control.connections().beforePost("a", message("{}"));
        control.connections().beforePost("b", message("{}"));
        control.redeliveries().of("m");
        ask("DELETE", "/faults", "");
        control.connections().beforePost("c", message("{}"));
        control.redeliveries().of("n");

        assertJson(ask("GET", "/counts", ""), 200, """
            {"connections": {"posts": 3, "gone": 0, "limit_exceeded": 2, "server_error": 0, "hang": 0},
             "queue": {"messages": 2, "twice": 0, "late": 1},
             "dynamodb": {"requests": 0, "throttled": 0, "conditional_failed": 0, "internal_error": 0, "by_operation": {}, "by_table": {}}}""");
    }

    @Test
    void setsTheCountsToZero() throws Exception {
        ask("PUT", "/faults", "{\"connections\": {\"gone\": 1}}");
        control.connections().beforePost("a", message("{}"));

        var zero = """
        {"connections": {"posts": 0, "gone": 0, "limit_exceeded": 0, "server_error": 0, "hang": 0},
         "queue": {"messages": 0, "twice": 0, "late": 0},
         "dynamodb": {"requests": 0, "throttled": 0, "conditional_failed": 0, "internal_error": 0, "by_operation": {}, "by_table": {}}}""";
        assertJson(ask("DELETE", "/counts", ""), 200, zero);

        assertJson(ask("GET", "/counts", ""), 200, zero);
        assertThat(control.connections().beforePost("a", message("{}"))).isEqualTo(Fault.GONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]                                             | the plan is not a JSON object",
                "\"gone\"                                       | the plan is not a JSON object",
                "{\"seeds\": 1}                                 | seeds is no field of a plan",
                "{\"seed\": 1.5}                                | seed is a whole number of 64 bits",
                "{\"seed\": \"1\"}                              | seed is a whole number of 64 bits",
                "{\"seed\": 9223372036854775808}                | seed is a whole number of 64 bits",
                "{\"queue\": 1}                                 | queue is an object",
                "{\"queue\": null}                              | queue is an object",
                "{\"connections\": {\"gome\": 1}}               | connections.gome is no field of a plan",
                "{\"connections\": {\"gone\": \"often\"}}       | connections.gone is a number from 0 to 1",
                "{\"connections\": {\"gone\": null}}            | connections.gone is a number from 0 to 1",
                "{\"connections\": {\"hang\": 1.1}}             | connections.hang is a number from 0 to 1",
                "{\"connections\": {\"types\": \"error\"}}      | connections.types is a list of 100 texts at most",
                "{\"connections\": {\"types\": [1]}}            | connections.types is a list of 100 texts at most",
                "{\"dynamodb\": {\"throttled\": -0.1}}          | dynamodb.throttled is a number from 0 to 1",
                "{\"dynamodb\": {\"throttled\": true}}          | dynamodb.throttled is a number from 0 to 1",
                "{\"queue\": {\"late_seconds\": -1}}            | queue.late_seconds is a number from 0 to 43200",
                "{\"connections\": {\"gone\": 0.6, \"hang\": 0.6}} | connections: the probabilities add up to more than 1, and only one can come true",
                "{\"dynamodb\": {\"throttled\": 0.6, \"internal_error\": 0.6}} | dynamodb: the probabilities add up to more than 1, and only one can come true"
            })
    void anInvalidPlanKeepsTheOldOne(String plan, String problem) throws Exception {
        ask("PUT", "/faults", "{\"connections\": {\"gone\": 1}}");

        assertJson(
                ask("PUT", "/faults", plan),
                400,
                new JsonMapper().createObjectNode().put("error", problem).toString());

        assertThat(control.connections().beforePost("a", message("{}"))).isEqualTo(Fault.GONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"''", "{", "{} {}", "{\"seed\": 1, \"seed\": 2}"})
    void refusesWhatIsNotJson(String text) throws Exception {
        var answer = ask("PUT", "/faults", text);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("the plan is not ");
    }

    @Test
    void limitsFaultsToTheNamedTypes() throws Exception {
        ask("PUT", "/faults", "{\"connections\": {\"server_error\": 1, \"types\": [\"response.created\"]}}");

        assertThat(control.connections()
                        .beforePost("a", message("{\"type\":\"response.created\",\"sequence_number\":0}")))
                .isEqualTo(Fault.SERVER_ERROR);
        assertThat(control.connections().beforePost("a", message("{\"type\":\"response.queued\"}")))
                .isEqualTo(Fault.NONE);
        assertThat(control.connections().beforePost("a", message("words"))).isEqualTo(Fault.NONE);
    }

    private static byte[] message(String text) {
        return text.getBytes(UTF_8);
    }

    @Test
    void toleratesRoundingOfTheSum() throws Exception {
        var answer = ask(
                "PUT",
                "/faults",
                "{\"connections\": {\"gone\": 0.1, \"limit_exceeded\": 0.2, \"server_error\": 0.6, \"hang\": 0.1}}");

        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @Test
    void refusesOtherRequests() throws Exception {
        assertThat(ask("GET", "/", "").statusCode()).isEqualTo(404);
        var answer = ask("POST", "/faults", "{}");
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).hasValue("GET, PUT, DELETE");
        assertThat(ask("PUT", "/counts", "{}").statusCode()).isEqualTo(405);
    }

    private HttpResponse<String> ask(String method, String path, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(control.uri().resolve(path))
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static void assertJson(HttpResponse<String> answer, int status, String json) throws Exception {
        var mapper = new JsonMapper();
        assertThat(mapper.readTree(answer.body())).isEqualTo(mapper.readTree(json));
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
    }
}
