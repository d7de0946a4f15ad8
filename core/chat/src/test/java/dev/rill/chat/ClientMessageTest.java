package dev.rill.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientMessageTest {

  @ParameterizedTest
  @ValueSource(strings = {"hello", "  why is the sky blue?\n", "42 is the answer, why?", "true or false"})
  void anyTextThatIsNoJsonIsAPrompt(String text) {
    assertThat(parse(text)).isInstanceOfSatisfying(ClientMessage.Create.class,
        create -> assertThat(create.request().body().path("input").textValue()).isEqualTo(text.strip()));
  }

  @Test
  void eventIdTooLongToBeRepeatedIsRefused() {
    var longest = "e".repeat(ClientMessage.MAX_EVENT_ID);
    assertThat(ClientMessage.parse("{\"type\":\"rill:ping\",\"event_id\":\"" + longest + "\"}", 9999))
        .isEqualTo(new ClientMessage.Ping(longest));
    var refused = (ClientMessage.Rejected) ClientMessage
        .parse("{\"type\":\"rill:ping\",\"event_id\":\"" + longest + "e\"}", 9999);
    assertThat(refused.error().param()).isEqualTo("event_id");
    assertThat(ServerMessage.error(refused.error(), refused.eventId())).hasSizeLessThan(300);
  }

  @Test
  void metadataIsBoundedAsOpenAiHasIt() {
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
    return ClientMessage.parse(Json.write(event), Fitting.SOCKET_MESSAGE_BYTES);
  }

  @Test
  void createKeepsWhatNobodyHasHeardOfAndLosesWhatIsOfTheSocket() {
    var message = parse("{'type':'response.create','event_id':'e1','input':'hi','x_unheard':{'a':1.50}}");
    assertThat(message).isInstanceOfSatisfying(ClientMessage.Create.class, create -> {
      assertThat(create.eventId()).isEqualTo("e1");
      assertThat(create.request().body()).hasToString("{\"input\":\"hi\",\"x_unheard\":{\"a\":1.50}}");
    });
  }

  @Test
  void pingCarriesItsMark() {
    assertThat(parse("{'type':'rill:ping','event_id':'p'}")).isEqualTo(new ClientMessage.Ping("p"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', nullValues = "null", value = {
      "42                                                        | invalid_json               | null",
      "[1]                                                       | invalid_json               | null",
      "{'type':                                                  | invalid_json               | null",
      "{'type':'rill:ping'} {}                                   | invalid_json               | null",
      "{}                                                        | missing_required_parameter | type",
      "{'type':7}                                                | invalid_type               | type",
      "{'type':'session.update'}                                 | unknown_event_type         | type",
      "{'type':'rill:ping','event_id':1}                         | invalid_type               | event_id",
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
      "{'type':'response.create','input':'a','model':1}          | invalid_type               | model",
      "{'type':'response.create','input':'a','tools':[1]}        | invalid_type               | tools[0]",
      "{'type':'response.create','input':'a','store':'yes'}      | invalid_type               | store",
      "{'type':'response.create','input':'a','max_output_tokens':1.5}      | invalid_type          | max_output_tokens",
      "{'type':'response.create','input':'a','previous_response_id':7}     | invalid_type | previous_response_id",
      "{'type':'response.cancel'}                                          | missing_required_parameter | response_id",
      "{'type':'response.cancel','response_id':7}                          | invalid_type | response_id",
      "{'type':'rill:response.resume','response_id':' '}                   | invalid_value | response_id",
      "{'type':'rill:response.resume','response_id':'r','starting_after':'1'} | invalid_type | starting_after",
      "{'type':'rill:response.resume','response_id':'r','starting_after':-2}  | invalid_value | starting_after"})
  void whatCannotBeTakenIsRejectedNamingTheField(String text, String code, String param) {
    assertThat(parse(text)).isInstanceOfSatisfying(ClientMessage.Rejected.class, rejected -> {
      assertThat(rejected.error().code()).isEqualTo(code);
      assertThat(rejected.error().param()).isEqualTo(param);
      assertThat(rejected.error().status()).isEqualTo(400);
    });
  }

  @Test
  void rejectionRepeatsTheClientsMark() {
    assertThat(parse("{'type':'response.create','event_id':'e9'}")).isInstanceOfSatisfying(ClientMessage.Rejected.class,
        rejected -> assertThat(ServerMessage.error(rejected.error(), rejected.eventId())).isEqualTo("""
            {"type":"error","status":400,"error":{"type":"invalid_request_error","code":"missing_required_parameter",\
            "message":"Missing required parameter: 'input'.","param":"input"},"event_id":"e9"}"""));
  }

  @Test
  void sizeIsCountedInBytes() {
    assertThat(ClientMessage.parse("éé", 4)).isInstanceOf(ClientMessage.Create.class);
    assertThat(ClientMessage.parse("ééx", 4)).isInstanceOfSatisfying(ClientMessage.Rejected.class,
        rejected -> assertThat(rejected.error().code()).isEqualTo("request_too_large"));
  }

  private static ClientMessage parse(String text) {
    return ClientMessage.parse(text.replace('\'', '"'), 1000);
  }

  @Test
  void idThatNoResponseCanHaveIsOneThatIsNotThere() {
    var id = "r".repeat(3000);
    for (var type : new String[]{"response.cancel", "rill:response.resume"}) {
      var message = ClientMessage.parse("{\"type\":\"" + type + "\",\"response_id\":\"" + id + "\"}", 9999);
      assertThat(message).isInstanceOfSatisfying(ClientMessage.Rejected.class, rejected -> {
        assertThat(rejected.error().code()).isEqualTo("not_found");
        assertThat(rejected.error().param()).isEqualTo("response_id");
      });
    }
  }
}
