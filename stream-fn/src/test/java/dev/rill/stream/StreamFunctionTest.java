package dev.rill.stream;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.answer;
import static dev.rill.chat.memory.ScriptedModel.delta;
import static dev.rill.chat.memory.ScriptedModel.fail;
import static dev.rill.chat.memory.ScriptedModel.refuse;
import static dev.rill.chat.memory.ScriptedModel.say;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.ModelErrorDetails;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.Retries;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Quota;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;
import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import dev.rill.streaming.testing.ReceivedResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The function as Lambda runs it: the streaming runtime takes events and streams the responses. */
@Timeout(20)
class StreamFunctionTest {

    private final ManualTime time = new ManualTime(FakeRuntimeApi.DEADLINE.minusSeconds(30));

    @Test
    void textPromptGetsATextAnswer() throws Exception {
        var answered = send(
                FunctionUrlEvent.post("/")
                        .header("content-type", "application/x-www-form-urlencoded")
                        .body("why?"),
                answer("Because", " it is so."));
        assertThat(prelude(answered, "/statusCode")).isEqualTo("200");
        assertThat(prelude(answered, "/headers/content-type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(answered.body()).isEqualTo("Because it is so.\n");
        assertThat(answered.ending()).isEqualTo("complete");
    }

    @Test
    void textIsWrittenDeltaByDelta() throws Exception {
        var answered = send(
                FunctionUrlEvent.post("/").body("why?"),
                accept(
                        delta("Be"),
                        say("response.output_text.done", "{}"),
                        delta("cause"),
                        ScriptedModel.completed("Because")));
        assertThat(String.join(
                        "|",
                        answered.chunks().stream()
                                .skip(1)
                                .filter(chunk -> !chunk.isEmpty())
                                .toList()))
                .isEqualTo("Be|cause|\n");
    }

    @Test
    void failureAfterOutputIsTheLastLine() throws Exception {
        var answered = send(FunctionUrlEvent.post("/").body("why?"), accept(delta("Be"), fail(ModelFailure.STALLED)));
        assertThat(answered.body()).isEqualTo("Be\n[model_timeout: the model fails]\n");
    }

    @Test
    void streamedResponseIsServerSentEvents() throws Exception {
        var answered = send(json("{\"input\":\"hi\",\"stream\":true}"), answer("Hello"));
        assertThat(prelude(answered, "/headers/content-type")).isEqualTo("text/event-stream; charset=utf-8");
        var body = answered.body();
        assertThat(body).endsWith("\n\ndata: [DONE]\n\n");
        var sequence = 0;
        for (var block : body.substring(0, body.length() - "\n\ndata: [DONE]\n\n".length())
                .split("\n\n", -1)) {
            var lines = block.split("\n", -1);
            assertThat(lines).hasSize(2);
            var data = Json.findObject(lines[1].substring("data: ".length())).orElseThrow();
            assertThat(lines[0]).isEqualTo("event: " + data.path("type").textValue());
            assertThat(data.path("sequence_number").intValue()).isEqualTo(sequence++);
        }
        assertThat(body.lines().filter(line -> line.startsWith("event: ")).collect(Collectors.joining(";")))
                .isEqualTo(
                        "event: response.created;event: response.in_progress;event: response.output_item.added;"
                                + "event: response.content_part.added;event: response.output_text.delta;event: response.completed");
    }

    @Test
    void unstreamedResponseIsOneJsonBody() throws Exception {
        var answered = send(json("{\"input\":\"hi\"}"), answer("Hello"));
        assertThat(prelude(answered, "/headers/content-type")).isEqualTo("application/json");
        var response = Json.findObject(answered.body().strip()).orElseThrow();
        assertThat(response.path("id").textValue()).isEqualTo(ResponseIds.of(1).value());
        assertThat(response.path("status").textValue()).isEqualTo("completed");
        assertThat(response.at("/output/0/content/0/text").textValue()).isEqualTo("Hello");
    }

    @Test
    void failureAfterOutputIsAJsonBodyWithStatus200() throws Exception {
        var answered = send(
                json("{\"input\":\"hi\"}"),
                accept(
                        say("response.output_item.added", "{'output_index':0,'item':{'type':'message','content':[]}}"),
                        fail(ModelFailure.SERVER_ERROR)));
        assertThat(prelude(answered, "/statusCode")).isEqualTo("200");
        assertThat(Json.findObject(answered.body().strip())
                        .orElseThrow()
                        .path("status")
                        .textValue())
                .isEqualTo("failed");
    }

    @ParameterizedTest
    @EnumSource(ModelFailure.class)
    void refusalOfTheModelIsAnHttpErrorInEveryFormat(ModelFailure failure) throws Exception {
        for (var event : new FunctionUrlEvent[] {
            json("{\"input\":\"hi\",\"stream\":true}"),
            json("{\"input\":\"hi\"}"),
            FunctionUrlEvent.post("/").body("hi")
        }) {
            var answered = send(event, refuse(failure));
            assertThat(prelude(answered, "/statusCode")).isEqualTo(String.valueOf(failure.httpStatus()));
            assertThat(error(answered, "code")).isEqualTo(failure.code());
        }
    }

    @Test
    void whatTheModelSaysOfTheRequestIsInTheHttpError() throws Exception {
        var refusal = ModelException.of(ModelFailure.REJECTED, "too long")
                .with(new ModelErrorDetails(
                        OptionalInt.of(422), Optional.of("context_length_exceeded"), Optional.of("input")));
        for (var event : new FunctionUrlEvent[] {
            json("{\"input\":\"hi\",\"stream\":true}"),
            json("{\"input\":\"hi\"}"),
            FunctionUrlEvent.post("/").body("hi")
        }) {
            var answered = send(event, ScriptedModel.refuse(refusal));
            assertThat(prelude(answered, "/statusCode")).isEqualTo("422");
            assertThat(error(answered, "code")).isEqualTo("context_length_exceeded");
            assertThat(error(answered, "message")).isEqualTo("too long");
            assertThat(error(answered, "param")).isEqualTo("input");
            assertThat(error(answered, "type")).isEqualTo("invalid_request_error");
        }
    }

    @Test
    void waitOfABusyModelIsRetryAfter() throws Exception {
        var busy = ModelException.of(ModelFailure.RATE_LIMITED, "busy").retryAfter(Duration.ofMillis(12_300));

        var told = send(json("{\"input\":\"hi\"}"), ScriptedModel.refuse(busy));
        var untold = send(json("{\"input\":\"hi\"}"), refuse(ModelFailure.RATE_LIMITED));

        assertThat(prelude(told, "/statusCode")).isEqualTo("429");
        assertThat(prelude(told, "/headers/retry-after")).isEqualTo("13");
        assertThat(prelude(untold, "/headers/retry-after")).isEqualTo("5");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            value = {
                "GET  | /v1/responses | application/json | {'input':'a'}                    | 405 | method_not_allowed         | null",
                "GET  | /             | text/plain       | hi                               | 405 | method_not_allowed         | null",
                "POST | /v2/responses | application/json | {'input':'a'}                    | 404 | not_found                  | null",
                "POST | /v1/responses | text/plain       | {'input':'a'}                    | 415 | unsupported_media_type     | null",
                "POST | /             | application/json | {'input':'a'}                    | 415 | unsupported_media_type     | null",
                "POST | /v1/responses | application/json | {'input':                        | 400 | invalid_json               | null",
                "POST | /v1/responses | application/json | {'input':'a','zz':1e99999999999}  | 400 | invalid_json               | null",
                "POST | /v1/responses | application/json | {'input':'a','zz':0e1000000000000} | 400 | invalid_json              | null",
                "POST | /v1/responses | application/json | []                               | 400 | invalid_json               | null",
                "POST | /v1/responses | application/json | {}                               | 400 | missing_required_parameter | input",
                "POST | /v1/responses | application/json | {'input':'a','temperature':'hot'} | 400 | invalid_type              | temperature",
                "POST | /v1/responses | application/json | {'input':'a','background':true,'store':false} | 400 | invalid_value | store",
                "GET  | /v1/responses/resp_ffffffffffffffffffffffffffffffff | null      | null                             | 404 | not_found                  | response_id",
                "GET  | /v1/responses/resp_ffffffffffffffffffffffffffffffff?stream=true | null | null                      | 404 | not_found                  | response_id",
                "DELETE | /v1/responses/resp_ffffffffffffffffffffffffffffffff | null    | null                             | 404 | not_found                  | response_id",
                "POST | /v1/responses/resp_ffffffffffffffffffffffffffffffff/cancel | null | null                           | 404 | not_found                  | response_id",
                "GET  | /v1/responses/resp_ffffffffffffffffffffffffffffffff?starting_after=x | null | null                 | 400 | invalid_value              | starting_after",
                "POST | /             | text/plain       | null                             | 400 | invalid_value              | input"
            })
    void invalidRequestIsRefusedBeforeTheModelIsAsked(
            String method,
            String path,
            @Nullable String type,
            @Nullable String body,
            int status,
            String code,
            String param)
            throws Exception {
        var parts = path.split("\\?", 2);
        var event = FunctionUrlEvent.of(method, parts[0]).query(parts.length == 1 ? "" : parts[1]);
        if (type != null) {
            event.header("content-type", type);
        }
        var answered = send(body == null ? event : event.body(body.replace('\'', '"')), answer("never"));
        assertThat(prelude(answered, "/statusCode")).isEqualTo(String.valueOf(status));
        assertThat(prelude(answered, "/headers/content-type")).isEqualTo("application/json");
        assertThat(error(answered, "code")).isEqualTo(code);
        assertThat(error(answered, "param")).isEqualTo(param == null ? "null" : param);
        assertThat(prelude(answered, "/headers/allow")).isEqualTo(status == 405 ? "POST" : "");
    }

    @Test
    void bodyThatIsNotUtf8IsRefused() throws Exception {
        var answered = send(
                FunctionUrlEvent.post("/").header("content-type", "text/plain").body(new byte[] {'h', (byte) 0xff}),
                answer("never"));
        assertThat(error(answered, "code")).isEqualTo("invalid_encoding");
    }

    @Test
    void byteOrderMarkIsIgnored() throws Exception {
        var created = send(json("\uFEFF{\"input\":\"hi\"}"), answer("Hello"));
        var text = send(FunctionUrlEvent.post("/").body("\uFEFF"), answer("never"));

        assertThat(prelude(created, "/statusCode")).isEqualTo("200");
        assertThat(error(text, "param")).isEqualTo("input");
        assertThat(error(send(json("\uFEFF\uFEFF{\"input\":\"hi\"}"), answer("never")), "code"))
                .isEqualTo("invalid_json");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/responses/, 200",
        "POST, /responses/, 200",
        "GET, /v1/responses/resp_ffffffffffffffffffffffffffffffff/, 404",
        "DELETE, /v1/responses/, 405",
        "POST, /v1/responses//, 404",
        "GET, /health/, 200"
    })
    void oneSlashAtTheEndOfAPathIsIgnored(String method, String path, int status) throws Exception {
        var answered = send(
                FunctionUrlEvent.of(method, path)
                        .header("content-type", "application/json")
                        .body("{\"input\":\"hi\"}"),
                answer("Hello"));

        assertThat(prelude(answered, "/statusCode")).isEqualTo(String.valueOf(status));
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "zstd", "gzip, identity", "gzip, gzip", "gzip;q=1"})
    void otherContentEncodingIsRefusedWithThoseThatAreTaken(String coding) throws Exception {
        var answered = send(json("{\"input\":\"hi\"}").header("content-encoding", coding), answer("never"));
        assertThat(prelude(answered, "/statusCode")).isEqualTo("415");
        assertThat(prelude(answered, "/headers/accept-encoding")).isEqualTo("gzip, deflate");
        assertThat(error(answered, "code")).isEqualTo("unsupported_content_encoding");
        assertThat(error(answered, "message")).contains("gzip", "deflate");
    }

    @ParameterizedTest
    @CsvSource({
        "gzip, GZIP",
        "GZIP, GZIP",
        "x-gzip, GZIP",
        "deflate, ZLIB",
        "deflate, RAW",
        "identity, NONE",
        "'', NONE"
    })
    void compressedBodyIsUnpacked(String coding, Packing packing) throws Exception {
        var body = "{\"input\":\"hi\"}".getBytes(StandardCharsets.UTF_8);
        var text = "hi".getBytes(StandardCharsets.UTF_8);

        assertThat(prelude(send(packed(coding, packing, body), answer("Hello")), "/statusCode"))
                .isEqualTo("200");
        var answered = send(
                FunctionUrlEvent.post("/").header("content-encoding", coding).body(packing.pack(text)),
                answer("Hello"));
        assertThat(answered.body()).isEqualTo("Hello\n");
    }

    /** 64 MB of spaces fit into 64 KB; no more than the limit is unpacked. */
    @ParameterizedTest
    @CsvSource({"gzip, GZIP", "deflate, ZLIB", "deflate, RAW"})
    void bodyThatUnpacksBeyondTheLimitIsRefused(String coding, Packing packing) throws Exception {
        var json = "{\"input\":\"hi\"}".getBytes(StandardCharsets.UTF_8);
        var bomb = packing.pack(padded(json, 64 * 1024 * 1024));
        assertThat(bomb.length).isLessThan(100_000);
        var full = packing.pack(padded(json, ContentCoding.MAX_UNPACKED));
        var over = packing.pack(padded(json, ContentCoding.MAX_UNPACKED + 1));

        for (var refused : new byte[][] {bomb, over}) {
            var answered = send(json("").header("content-encoding", coding).body(refused), answer("never"));
            assertThat(prelude(answered, "/statusCode")).isEqualTo("413");
            assertThat(error(answered, "code")).isEqualTo("request_too_large");
        }
        assertThat(prelude(send(json("").header("content-encoding", coding).body(full), answer("Hi")), "/statusCode"))
                .isEqualTo("200");
    }

    @ParameterizedTest
    @CsvSource({"gzip, GZIP", "deflate, ZLIB", "deflate, RAW"})
    void bodyThatIsNotCompressedAsItSaysIsRefused(String coding, Packing packing) throws Exception {
        var whole = packing.pack("{\"input\":\"hi\"}".getBytes(StandardCharsets.UTF_8));
        var cut = Arrays.copyOf(whole, whole.length / 2);
        for (var body : new byte[][] {cut, "{\"input\":\"hi\"}".getBytes(StandardCharsets.UTF_8), {}, {31}}) {
            var answered = send(json("").header("content-encoding", coding).body(body), answer("never"));
            assertThat(prelude(answered, "/statusCode")).isEqualTo("400");
            assertThat(error(answered, "code")).isEqualTo("invalid_encoding");
        }
    }

    /** How a client packs a body. */
    enum Packing {
        NONE,
        GZIP,
        ZLIB,
        RAW;

        byte[] pack(byte[] body) throws IOException {
            var packed = new ByteArrayOutputStream();
            try (var raw = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
                    var out = switch (this) {
                        case NONE -> packed;
                        case GZIP -> new GZIPOutputStream(packed);
                        case ZLIB -> new DeflaterOutputStream(packed);
                        case RAW -> new DeflaterOutputStream(packed, raw);
                    }) {
                out.write(body);
            }
            return packed.toByteArray();
        }
    }

    private static FunctionUrlEvent packed(String coding, Packing packing, byte[] body) throws IOException {
        return json("").header("content-encoding", coding).body(packing.pack(body));
    }

    private static byte[] padded(byte[] json, int length) {
        var padded = new byte[length];
        Arrays.fill(padded, (byte) ' ');
        System.arraycopy(json, 0, padded, 0, json.length);
        return padded;
    }

    @Test
    void everyResponseHasNoStoreNosniffAndTheRequestsId() throws Exception {
        for (var event : new FunctionUrlEvent[] {
            json("{\"input\":\"hi\",\"stream\":true}"),
            json("{\"input\":\"hi\"}"),
            json("nonsense"),
            FunctionUrlEvent.of("GET", "/"),
            FunctionUrlEvent.of("GET", "/nowhere"),
            FunctionUrlEvent.get("/health"),
            FunctionUrlEvent.post("/").body("hi")
        }) {
            var answered = send(event, answer("Hello"));
            assertThat(prelude(answered, "/headers/x-request-id")).isEqualTo("r1");
            assertThat(prelude(answered, "/headers/cache-control")).isEqualTo("no-store");
            assertThat(prelude(answered, "/headers/x-content-type-options")).isEqualTo("nosniff");
        }
    }

    private static FunctionUrlEvent json(String body) {
        return FunctionUrlEvent.post("/v1/responses")
                .header("content-type", "application/json; charset=utf-8")
                .body(body);
    }

    private ReceivedResponse send(FunctionUrlEvent event, ScriptedModel.Script script) throws Exception {
        var chat = TestChats.chat(
                new InMemoryResponseLog(time),
                Quota.UNLIMITED,
                () -> ResponseIds.of(1),
                time,
                AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ZERO),
                _ -> {});
        var routes =
                TestRoutes.open(chat, ScriptedModel.playing(script), new RecordingSockets(), new InMemoryTaskQueue());
        var handler = StreamingHandler.http(routes);
        try (var api = FakeRuntimeApi.start()) {
            api.willInvoke("r1", event.bytes());
            api.willStop();
            new StreamingRuntime(api.environment(), Clock.systemUTC(), _ -> {}).run(_ -> new LoggedHandler(handler));
            return api.response("r1").await();
        }
    }

    private static String prelude(ReceivedResponse answered, String pointer) throws Exception {
        return Json.findObject(answered.prelude()).orElseThrow().at(pointer).asText();
    }

    private static String error(ReceivedResponse answered, String field) throws Exception {
        var body = new String(answered.body().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).strip();
        return Json.findObject(body).orElseThrow().path("error").path(field).asText();
    }
}
