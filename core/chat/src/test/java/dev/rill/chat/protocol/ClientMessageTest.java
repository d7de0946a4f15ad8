package dev.rill.chat.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientMessageTest {

    @ParameterizedTest
    @ValueSource(strings = {"hello", "  why is the sky blue?\n", "42 is the answer, why?", "true or false"})
    void textThatIsNotJsonIsAPrompt(String text) {
        assertThat(parse(text))
                .isInstanceOfSatisfying(
                        ClientMessage.Create.class,
                        create -> assertThat(
                                        create.request().body().path("input").textValue())
                                .isEqualTo(text.strip()));
    }

    @Test
    void longEventIdIsRejected() {
        var longest = "e".repeat(ClientMessage.MAX_EVENT_ID);
        assertThat(ClientMessage.parse("{\"type\":\"rill:ping\",\"event_id\":\"" + longest + "\"}", 9999))
                .isEqualTo(new ClientMessage.Ping(longest));
        var refused = (ClientMessage.Rejected)
                ClientMessage.parse("{\"type\":\"rill:ping\",\"event_id\":\"" + longest + "e\"}", 9999);
        assertThat(refused.error().param()).isEqualTo("event_id");
        assertThat(ServerMessage.error(refused.error(), refused.ids())).hasSizeLessThan(300);
    }

    @Test
    void metadataHasTheLimitsOfOpenAi() {
        var most = Json.object();
        for (int i = 0; i < 16; i++) {
            most.put((char) ('a' + i) + "k".repeat(63), "😀".repeat(512));
        }
        assertThat(parseMetadata(most)).isInstanceOf(ClientMessage.Create.class);
        assertMetadataRefused(most.deepCopy().put("q", ""), "invalid_value", "metadata");
        assertMetadataRefused(Json.object().put("k".repeat(65), ""), "invalid_value", "metadata");
        assertMetadataRefused(Json.object().put("k".repeat(43_500), ""), "invalid_value", "metadata");
        assertMetadataRefused(Json.object().put("k", "v".repeat(513)), "invalid_value", "metadata.k");
        assertMetadataRefused(Json.object().put("k", 1), "invalid_type", "metadata.k");
        assertMetadataRefused(Json.object().putNull("k"), "invalid_type", "metadata.k");
    }

    private static void assertMetadataRefused(ObjectNode metadata, String code, String param) {
        assertThat(parseMetadata(metadata)).isInstanceOfSatisfying(ClientMessage.Rejected.class, it -> {
            assertThat(it.error().code()).isEqualTo(code);
            assertThat(it.error().param()).isEqualTo(param);
            assertThat(it.error().message()).hasSizeLessThan(200);
        });
    }

    private static ClientMessage parseMetadata(ObjectNode metadata) {
        var event = Json.object().put("type", "response.create").put("input", "hi");
        event.set("metadata", metadata);
        return ClientMessage.parse(Json.write(event), MessageTrimmer.SOCKET_MESSAGE_BYTES);
    }

    @Test
    void createKeepsUnknownFieldsAndDropsTheSocketsOwn() {
        var message = parse("{'type':'response.create','event_id':'e1','input':'hi','x_unheard':{'a':1.50}}");
        assertThat(message).isInstanceOfSatisfying(ClientMessage.Create.class, create -> {
            assertThat(create.ids().event()).isEqualTo("e1");
            assertThat(create.request().body()).hasToString("{\"input\":\"hi\",\"x_unheard\":{\"a\":1.50}}");
        });
    }

    @Test
    void streamIdIsReadAndNoPartOfTheRequest() {
        var longest = "s".repeat(StreamId.MAX_LENGTH);
        var message = "{'type':'response.create','input':'hi','stream_id':'%s'}";
        assertThat(parse(message.formatted(longest))).isInstanceOfSatisfying(ClientMessage.Create.class, create -> {
            assertThat(create.ids().stream()).contains(new StreamId(longest));
            assertThat(create.request().body()).hasToString("{\"input\":\"hi\"}");
        });
        assertThat(parse(message.formatted(longest + "s")))
                .isInstanceOfSatisfying(ClientMessage.Rejected.class, rejected -> {
                    assertThat(rejected.error().param()).isEqualTo("stream_id");
                    assertThat(rejected.ids()).isEqualTo(MessageIds.NONE);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'response.create','stream_id':'a'}",
                "{'type':'response.create','input':'hi','background':true,'stream_id':'a'}",
                "{'type':'response.create','input':'hi','event_id':7,'stream_id':'a'}",
                "{'type':'rill:response.resume','stream_id':'a'}",
                "{'type':'response.cancel','response_id':7,'stream_id':'a'}",
                "{'type':'unheard','stream_id':'a'}"
            })
    void refusedMessageKeepsTheStreamIdThatItHas(String text) {
        assertThat(parse(text)).isInstanceOfSatisfying(ClientMessage.Rejected.class, rejected -> {
            assertThat(rejected.ids().stream()).contains(new StreamId("a"));
            assertThat(ServerMessage.error(rejected.error(), rejected.ids())).contains("\"stream_id\":\"a\"");
        });
    }

    @Test
    void streamOptionsMeanNothingOnASocket() {
        assertThat(parse("{'type':'response.create','input':'hi','stream':true,"
                        + "'stream_options':{'include_obfuscation':false}}"))
                .isInstanceOfSatisfying(
                        ClientMessage.Create.class,
                        create -> assertThat(create.request().body()).hasToString("{\"input\":\"hi\"}"));
    }

    @Test
    void pingHasItsEventId() {
        assertThat(parse("{'type':'rill:ping','event_id':'p'}")).isEqualTo(new ClientMessage.Ping("p"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            nullValues = "null",
            value = {
                "42                                                        | invalid_json               | null",
                "[1]                                                       | invalid_json               | null",
                "{'type':                                                  | invalid_json               | null",
                "{'type':'rill:ping'} {}                                   | invalid_json               | null",
                "{}                                                        | missing_required_parameter | type",
                "{'type':7}                                                | invalid_type               | type",
                "{'type':'session.update'}                                 | unknown_event_type         | type",
                "{'type':'rill:ping','event_id':1}                         | invalid_type               | event_id",
                "{'type':'response.create','input':'a','stream_id':1}      | invalid_type               | stream_id",
                "{'type':'response.create','input':'a','stream_id':null}   | invalid_type               | stream_id",
                "{'type':'response.create','input':'a','stream_id':''}     | invalid_value              | stream_id",
                "{'type':'rill:response.resume','response_id':'r','stream_id':1} | invalid_type         | stream_id",
                "{'type':'response.cancel','response_id':'r','stream_id':1} | invalid_type              | stream_id",
                "{'type':'response.create'}                                | missing_required_parameter | input",
                "{'type':'response.create','input':null}                   | missing_required_parameter | input",
                "{'type':'response.create','input':' '}                    | invalid_value              | input",
                "{'type':'response.create','input':[]}                     | invalid_value              | input",
                "{'type':'response.create','input':3}                      | invalid_type               | input",
                "{'type':'response.create','input':['a']}                  | invalid_type               | input[0]",
                "{'type':'response.create','input':[{'content':'a'}]}      | missing_required_parameter | input[0].role",
                "{'type':'response.create','input':[{'role':'user'}]}      | missing_required_parameter | input[0].content",
                "{'type':'response.create','input':'a','stream':false}     | unsupported_parameter      | stream",
                "{'type':'response.create','input':'a','stream':'yes'}     | invalid_type               | stream",
                "{'type':'response.create','input':'a','background':true}  | unsupported_parameter      | background",
                "{'type':'response.create','input':'a','generate':1}       | invalid_type               | generate",
                "{'type':'response.create','input':[],'generate':true}     | invalid_value              | input",
                "{'type':'response.create','input':'a','temperature':'1'}  | invalid_type               | temperature",
                "{'type':'response.create','input':'a','temperature':2.1}  | invalid_value              | temperature",
                "{'type':'response.create','input':'a','conversation':'c'} | unsupported_parameter      | conversation",
                "{'type':'response.create','input':'a','conversation':{'id':'c'}} | unsupported_parameter | conversation",
                "{'type':'response.create','input':'a','include':['message.output_text.logprobs','x']} | invalid_value | include[1]",
                "{'type':'response.create','input':'a','include':[7]}      | invalid_type               | include[0]",
                "{'type':'response.create','input':'a','model':1}          | invalid_type               | model",
                "{'type':'response.create','input':'a','tools':[1]}        | invalid_type               | tools[0]",
                "{'type':'response.create','input':'a','store':'yes'}      | invalid_type               | store",
                "{'type':'response.create','input':'a','max_output_tokens':1.5}      | invalid_type          | max_output_tokens",
                "{'type':'response.create','input':'a','previous_response_id':7}     | invalid_type | previous_response_id",
                "{'type':'response.cancel'}                                          | missing_required_parameter | response_id",
                "{'type':'response.cancel','response_id':7}                          | invalid_type | response_id",
                "{'type':'rill:response.resume','response_id':' '}                   | invalid_value | response_id",
                "{'type':'rill:response.resume','response_id':'r','starting_after':'1'} | invalid_type | starting_after",
                "{'type':'rill:response.resume','response_id':'r','starting_after':-2}  | invalid_value | starting_after"
            })
    void invalidMessageIsRejectedWithItsField(String text, String code, String param) {
        assertThat(parse(text)).isInstanceOfSatisfying(ClientMessage.Rejected.class, rejected -> {
            assertThat(rejected.error().code()).isEqualTo(code);
            assertThat(rejected.error().param()).isEqualTo(param);
            assertThat(rejected.error().status()).isEqualTo(400);
        });
    }

    /** Texts that are JSON, or nearly JSON, and exceed a limit. */
    static Stream<Arguments> hostileBodies() {
        var digits = "9".repeat(50_000);
        return Stream.of(
                arguments("an exponent of 11 digits", "{'type':'response.create','input':'x','zz':1e99999999999}"),
                arguments("an exponent of 9 digits", "{'type':'response.create','input':'x','zz':1e999999999}"),
                arguments("the smallest exponent", "{'type':'response.create','input':'x','zz':1e-2147483647}"),
                arguments("a zero with an exponent", "{'type':'response.create','input':'x','zz':0e1000000000000}"),
                arguments(
                        "a temperature without end",
                        "{'type':'response.create','input':'x','temperature':1e-999999999}"),
                arguments(
                        "a long integer", "{'type':'response.create','input':'x','max_output_tokens':" + digits + "}"),
                arguments("a long fraction", "{'type':'response.create','input':'x','zz':0." + digits + "}"),
                arguments(
                        "101 levels",
                        "{'type':'response.create','input':'x','zz':" + "[".repeat(100) + "]".repeat(100) + "}"),
                arguments("50,000 levels", "{'type':'response.create','input':'x','zz':" + "{'a':".repeat(50_000)),
                arguments("50,000 brackets", "[".repeat(50_000)),
                arguments("a name twice", "{'type':'response.create','input':'x','a':1,'a':2}"),
                arguments("names that become alike", "{'type':'response.create','input':'x','\\ud800':1,'\\udc00':2}"),
                arguments("an escape cut short", "{'type':'response.create','input':'\\ud8"),
                arguments("an unknown escape", "{'type':'response.create','input':'\\x41'}"),
                arguments("a raw NUL", "{'type':'response.create','input':'\0'}"),
                arguments("many tokens", "{'type':'response.create','input':'x','zz':[" + "0,".repeat(500_000) + "0]}"),
                arguments("not a number", "{'type':'response.create','input':'x','zz':NaN}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileBodies")
    void hostileJsonIsRejectedWithACode(String description, String text) {
        var message = assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> ClientMessage.parse(text.replace('\'', '"'), 2_000_000));
        assertThat(message)
                .as(description)
                .isInstanceOfSatisfying(
                        ClientMessage.Rejected.class,
                        rejected -> assertThat(rejected.error().status()).isEqualTo(400));
    }

    @Test
    void numbersKeepTheirDigits() {
        var numbers = "[1.50,0.1000000000000000055511151231257827,123456789012345678901234567890,1E+400,-0.0,1E-7]";
        assertThat(parse("{'type':'response.create','input':'hi','zz':" + numbers + "}"))
                .isInstanceOfSatisfying(
                        ClientMessage.Create.class,
                        create -> assertThat(Json.write(create.request().body()))
                                .isEqualTo("{\"input\":\"hi\",\"zz\":" + numbers.replace("-0.0", "0.0") + "}"));
    }

    @Test
    void loneSurrogateIsReplaced() {
        assertThat(parse("{'type':'response.create','input':'a\\ud83d','\\udc00':['\\ude00\\ud83d','\\ud83d\\ude00']}"))
                .isInstanceOfSatisfying(ClientMessage.Create.class, create -> {
                    var body = Json.write(create.request().body());
                    assertThat(body)
                            .isEqualTo("{\"input\":\"a\uFFFD\",\"\uFFFD\":[\"\uFFFD\uFFFD\",\"\uD83D\uDE00\"]}");
                    assertThat(new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                            .isEqualTo(body);
                });
    }

    @Test
    void loneSurrogateInAPromptIsReplaced() {
        assertThat(parse("a\uD83D b"))
                .isInstanceOfSatisfying(
                        ClientMessage.Create.class,
                        create -> assertThat(
                                        create.request().body().path("input").textValue())
                                .isEqualTo("a\uFFFD b"));
    }

    @Test
    void unusualNamesAreKept() {
        assertThat(parse("{'type':'response.create','input':'hi','':1,'\\u0000':2,'__proto__':{}}"))
                .isInstanceOfSatisfying(
                        ClientMessage.Create.class,
                        create -> assertThat(Json.write(create.request().body()))
                                .isEqualTo("{\"input\":\"hi\",\"\":1,\"\\u0000\":2,\"__proto__\":{}}"));
    }

    @Test
    void everyErrorFitsIntoASocketMessage() {
        var longest = "{\"type\":\"x\",\"event_id\":\"" + "e".repeat(130_000) + "\"}";
        assertThat(ClientMessage.parse(longest, 131_072))
                .isInstanceOfSatisfying(ClientMessage.Rejected.class, rejected -> {
                    assertThat(rejected.error().param()).isEqualTo("event_id");
                    assertThat(ServerMessage.error(rejected.error(), rejected.ids())
                                    .length())
                            .isLessThan(1_000);
                });
    }

    @Test
    void rejectionRepeatsTheEventId() {
        assertThat(parse("{'type':'response.create','event_id':'e9'}"))
                .isInstanceOfSatisfying(
                        ClientMessage.Rejected.class,
                        rejected -> assertThat(ServerMessage.error(rejected.error(), rejected.ids()))
                                .isEqualTo("""
            {"type":"error","status":400,"error":{"type":"invalid_request_error","code":"missing_required_parameter",\
            "message":"Missing required parameter: 'input'.","param":"input"},"event_id":"e9"}"""));
    }

    @Test
    void sizeIsCountedInBytes() {
        assertThat(ClientMessage.parse("éé", 4)).isInstanceOf(ClientMessage.Create.class);
        assertThat(ClientMessage.parse("ééx", 4))
                .isInstanceOfSatisfying(
                        ClientMessage.Rejected.class,
                        rejected -> assertThat(rejected.error().code()).isEqualTo("request_too_large"));
    }

    private static ClientMessage parse(String text) {
        return ClientMessage.parse(text.replace('\'', '"'), 1000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "group#anonymous",
                "resp_rehearsal",
                "resp_1",
                "resp_0123456789abcdef0123456789abcdeF",
                "resp_0123456789abcdef0123456789abcde",
                "resp_0123456789abcdef0123456789abcdef0",
                "resp_0123456789abcdef0123456789abcdef ",
                "RESP_0123456789abcdef0123456789abcdef",
                "\\u0000"
            })
    void invalidResponseIdIsNotFound(String id) {
        for (var type : new String[] {"response.cancel", "rill:response.resume"}) {
            var message = ClientMessage.parse("{\"type\":\"" + type + "\",\"response_id\":\"" + id + "\"}", 9999);
            assertThat(message).isInstanceOfSatisfying(ClientMessage.Rejected.class, rejected -> {
                assertThat(rejected.error().code()).isEqualTo("not_found");
                assertThat(rejected.error().param()).isEqualTo("response_id");
            });
        }
    }
}
