package dev.rill.chat.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class MessageTrimmerTest {

    private static final int LIMIT = MessageTrimmer.SOCKET_MESSAGE_BYTES;

    @Test
    void eventWithinTheLimitIsUnchanged() {
        var event = new Event(1, "x", "{ \"odd\" : \"spacing\" }");
        assertThat(MessageTrimmer.trim(event, 100)).isSameAs(event.json());
    }

    @Test
    void eventOfExactlyTheLimitIsUnchanged() {
        var event = new Event(0, "x", "{\"a\":\"" + "é".repeat(46) + "\"}");
        assertThat(MessageTrimmer.trim(event, 100)).isSameAs(event.json());
        assertThat(bytes(MessageTrimmer.trim(event, 99))).isLessThanOrEqualTo(99);
    }

    @Test
    void longTextIsEmptiedAndListed() {
        var event = completed("\"text\":\"" + "\\\"".repeat(100_000) + "\",\"annotations\":[]");
        assertThat(trim(event))
                .hasToString(completed("\"text\":\"\",\"annotations\":[]")
                        .json()
                        .replaceFirst("}$", ",\"rill:omitted\":[\"/response/output/0/content/0/text\"]}"));
    }

    @Test
    void asLittleAsPossibleIsOmitted() {
        var text = "x".repeat(100_000);
        var event = event(
                "response.completed",
                "\"response\":{\"id\":\"resp_1\",\"output\":[{\"content\":[{\"text\":\"" + text + "\",\"logprobs\":["
                        + numbers(20_000) + "]}]}]}");
        var trimmed = trim(event);
        assertThat(trimmed.path("rill:omitted")).hasToString("[\"/response/output/0/content/0/logprobs\"]");
        assertThat(trimmed.at("/response/output/0/content/0/text").textValue()).isEqualTo(text);
    }

    @Test
    void oneLongTextWithinABranchIsOmittedAlone() {
        var trimmed = trim(event(
                "response.created",
                "\"response\":{\"id\":\"resp_1\",\"text\":{\"format\":{\"type\":"
                        + "\"json_schema\",\"schema\":{\"description\":\"" + "d".repeat(200_000)
                        + "\"},\"a/b~c\":1}}}"));
        assertThat(trimmed.path("rill:omitted")).hasToString("[\"/response/text/format/schema/description\"]");
        assertThat(trimmed.at("/response/text/format/type").textValue()).isEqualTo("json_schema");
    }

    @Test
    void listOfManySmallValuesIsOmittedUnderOnePointer() {
        var trimmed = trim(event(
                "response.output_text.delta",
                "\"item_id\":\"msg_1\",\"delta\":\"Hello\",\"logprobs\":[" + numbers(100_000) + "]"));
        assertThat(trimmed)
                .hasToString(
                        "{\"type\":\"response.output_text.delta\",\"sequence_number\":4,"
                                + "\"item_id\":\"msg_1\",\"delta\":\"Hello\",\"logprobs\":[],\"rill:omitted\":[\"/logprobs\"]}");
    }

    @Test
    void metadataWithHugeKeysIsOmittedUnderOnePointer() {
        var trimmed = trim(event(
                "response.created",
                "\"response\":{\"id\":\"resp_1\",\"status\":\"queued\",\"metadata\":{\""
                        + "a".repeat(44_500) + "\":\"1\",\"" + "b".repeat(44_500) + "\":\"2\",\"" + "c".repeat(44_500)
                        + "\":\"3\"}}"));
        assertThat(trimmed)
                .hasToString(
                        "{\"type\":\"response.created\",\"sequence_number\":4,\"response\":{\"id\":"
                                + "\"resp_1\",\"status\":\"queued\",\"metadata\":{}},\"rill:omitted\":[\"/response/metadata\"]}");
    }

    @Test
    void itemsOfALongOutputKeepTheirIds() {
        var items = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            items.append(i == 0 ? "" : ",")
                    .append("{\"id\":\"msg_")
                    .append(i)
                    .append("\",\"content\":[{\"text\":\"")
                    .append("w".repeat(30_000))
                    .append("\"}]}");
        }
        var trimmed = trim(event("response.completed", "\"response\":{\"id\":\"resp_1\",\"output\":[" + items + "]}"));
        assertThat(trimmed.at("/response/output"))
                .hasSize(20)
                .allSatisfy(item -> assertThat(item.path("id").textValue()).startsWith("msg_"));
        assertThat(trimmed.path("rill:omitted")).hasSizeBetween(16, 17);
    }

    @Test
    void outputOfTooManyItemsIsOmittedAsAWhole() {
        var item = "{\"id\":\"msg_1\",\"content\":[{\"text\":\"few words\"}]},";
        var trimmed = trim(event(
                "response.completed",
                "\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[" + item.repeat(20_000) + "1]}"));
        assertThat(trimmed)
                .hasToString(
                        "{\"type\":\"response.completed\",\"sequence_number\":4,\"response\":{\"id\":"
                                + "\"resp_1\",\"status\":\"completed\",\"output\":[]},\"rill:omitted\":[\"/response/output\"]}");
    }

    @Test
    void eventThatCannotBeTrimmedIsSentInMinimalForm() {
        var trimmed = trim(event(
                "response.failed",
                "\"output_index\":3,\"response\":{\"id\":\"resp_1\",\"status\":\"failed\","
                        + "\"error\":{\"code\":\"server_error\",\"message\":\"" + "m".repeat(9_000)
                        + "\"},\"usage\":{\"total_tokens\":7},\""
                        + "k".repeat(49_000) + "\":1,\"" + "l".repeat(49_000) + "\":1,\"" + "m".repeat(49_000)
                        + "\":1}"));
        assertThat(trimmed)
                .hasToString("{\"type\":\"response.failed\",\"sequence_number\":4,\"output_index\":3,"
                        + "\"response\":{\"id\":\"resp_1\",\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"\"},"
                        + "\"usage\":{\"total_tokens\":7}},\"rill:omitted\":[\"\"]}");
    }

    @Test
    void textOfADeltaIsKeptAndOtherFieldsAreOmitted() {
        var delta = "\\u0001".repeat(16 * 1024);
        for (var beside : List.of(
                "\"logprobs\":[" + numbers(50_000) + "]",
                "\"x\":\"" + "y".repeat(40_000) + "\"",
                "\"" + "k".repeat(49_000) + "\":1")) {
            var trimmed = trim(event("response.output_text.delta", "\"delta\":\"" + delta + "\"," + beside));
            assertThat(trimmed.path("delta").textValue()).isEqualTo("\u0001".repeat(16 * 1024));
            assertThat(trimmed.path("type").textValue()).isEqualTo("response.output_text.delta");
        }
    }

    @Test
    void deltaLargerThanAMessageIsOmitted() {
        var trimmed = trim(event("response.audio.delta", "\"delta\":\"" + "A".repeat(200_000) + "\""));
        assertThat(trimmed.path("rill:omitted")).hasToString("[\"/delta\"]");
    }

    @Test
    void eventThatIsNotJsonKeepsItsTypeAndNumber() {
        var deep = "[".repeat(1_100) + "\"" + "x".repeat(LIMIT) + "\"" + "]".repeat(1_100);
        assertThat(trim(event("response.x", "\"a\":" + deep)))
                .hasToString("{\"type\":\"response.x\",\"sequence_number\":4,\"rill:omitted\":[\"\"]}");
    }

    @Test
    void typeLargerThanAMessageIsCut() {
        var type = "response." + "t".repeat(200_000);
        var trimmed = trim(new Event(4, type, "{\"type\":\"" + type + "\",\"sequence_number\":4}"));
        assertThat(type).startsWith(trimmed.path("type").textValue());
        assertThat(trimmed.path("sequence_number").longValue()).isEqualTo(4);
    }

    /** Any event fits after trimming, is JSON, and has every value that is not listed as omitted. */
    @ParameterizedTest
    @ValueSource(ints = {2_048, 16 * 1024, LIMIT})
    void anyEventFitsAfterTrimming(int limit) {
        for (long seed = 0; seed < Math.clamp(2_000_000 / limit, 20, 150); seed++) {
            var event = new Events(new Random(seed), limit).next();
            var trimmed = MessageTrimmer.trim(event, limit);
            assertThat(bytes(trimmed)).as("seed %s", seed).isLessThanOrEqualTo(limit);
            var json = Json.findObject(trimmed).orElseThrow(() -> new AssertionError("not JSON"));
            assertThat(json.path("type").textValue()).as("seed %s", seed).isEqualTo(event.type());
            assertThat(json.path("sequence_number").longValue())
                    .as("seed %s", seed)
                    .isEqualTo(event.sequenceNumber());
            if (bytes(event.json()) > limit) {
                assertOmitsOnlyWhatItLists(Json.findObject(event.json()).orElseThrow(), json, "seed " + seed);
            }
        }
    }

    /** Counts visited nodes and characters instead of measuring time. */
    @Test
    void workGrowsNoFasterThanTheEvent() {
        var limit = 8 * 1024;
        for (long seed = 0; seed < 30; seed++) {
            for (int size = 1; size <= 64; size *= 8) {
                var event = new Events(new Random(seed), size * limit).next();
                var trimmer = new EventTrimmer(Json.findObject(event.json()).orElseThrow(), limit);
                var _ = trimmer.trim();
                assertThat(trimmer.work())
                        .as("seed %s, %s characters", seed, event.json().length())
                        .isLessThan(10L * event.json().length());
            }
        }
    }

    private static void assertOmitsOnlyWhatItLists(ObjectNode original, ObjectNode trimmed, String description) {
        var omitted = trimmed.remove("rill:omitted");
        assertThat(omitted).as(description).isNotEmpty();
        if (omitted.get(0).textValue().isEmpty()) {
            return;
        }
        for (var pointer : omitted) {
            var location = JsonPointer.compile(pointer.textValue());
            var value = original.at(location);
            assertThat(value.isTextual() || value.isContainerNode())
                    .as(description + " " + pointer)
                    .isTrue();
            JsonNode empty = switch (value) {
                case ObjectNode object -> object.objectNode();
                case ArrayNode array -> array.arrayNode();
                default -> TextNode.valueOf("");
            };
            var name = location.last().getMatchingProperty();
            switch (original.at(location.head())) {
                case ObjectNode object -> object.set(name, empty);
                case ArrayNode array -> array.set(Integer.parseInt(name), empty);
                default -> throw new AssertionError("nothing is at " + pointer);
            }
        }
        assertThat(trimmed).as(description).isEqualTo(original);
    }

    private static Event completed(String part) {
        return event(
                "response.completed",
                "\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[{\"id\":"
                        + "\"msg_1\",\"type\":\"message\",\"content\":[{\"type\":\"output_text\"," + part + "}]}]}");
    }

    private static Event event(String type, String fields) {
        return new Event(4, type, "{\"type\":\"" + type + "\",\"sequence_number\":4," + fields + "}");
    }

    private static ObjectNode trim(Event event) {
        var trimmed = MessageTrimmer.trim(event, LIMIT);
        assertThat(bytes(trimmed)).isLessThanOrEqualTo(LIMIT);
        return Json.findObject(trimmed).orElseThrow(() -> new AssertionError("not JSON"));
    }

    private static String numbers(int count) {
        return "1.25,".repeat(count) + "0";
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Creates random events of unusual shapes; the same events for the same seed. */
    private static final class Events {

        private static final List<String> TYPES = List.of(
                "response.created",
                "response.output_text.delta",
                "response.output_text.done",
                "response.completed",
                "vendor:odd");
        private static final List<String> ALPHABETS =
                List.of("abc xyz", "\"\\/~", "\u0000\u0001\n\t\u007f", "éß漢字", "😀👋", "\ud83d", "\u2028\u2029");

        private final Random random;
        private final int size;
        private int remaining;

        Events(Random random, int size) {
            this.random = random;
            this.size = size;
        }

        Event next() {
            remaining = size / 2 + random.nextInt(size * 2);
            var type = TYPES.get(random.nextInt(TYPES.size()));
            var payload = Json.object();
            if (random.nextBoolean()) {
                payload.put("item_id", "msg_1").put("output_index", random.nextInt(9));
            }
            if (type.endsWith(".delta")) {
                payload.put("delta", text(random.nextInt(size / 16)));
            }
            while (remaining > 0) {
                switch (random.nextInt(4)) {
                    case 0 -> payload.set(key(), any(0));
                    case 1 -> payload.set("response", response());
                    case 2 -> payload.set("item", item());
                    default -> payload.set("logprobs", any(0));
                }
            }
            return Event.numbered(random.nextInt(1_000), type, payload);
        }

        private ObjectNode response() {
            var response = Json.object().put("id", "resp_1").put("status", "completed");
            response.set(key(), any(1));
            response.set("tools", any(1));
            response.set("metadata", any(1));
            var output = response.putArray("output");
            for (int i = random.nextInt(40); i > 0 && remaining > 0; i--) {
                output.add(item());
            }
            return response;
        }

        private ObjectNode item() {
            var item = Json.object().put("id", "msg_1").put("type", "message");
            var content = item.putArray("content");
            for (int i = random.nextInt(4); i > 0; i--) {
                content.addObject()
                        .put("type", "output_text")
                        .put("text", text(random.nextInt(size / 4)))
                        .set("logprobs", any(2));
            }
            item.set(key(), any(2));
            return item;
        }

        private JsonNode any(int depth) {
            remaining -= 8;
            return switch (random.nextInt(depth > 20 ? 3 : 7)) {
                case 0 -> JsonNodeFactory.instance.numberNode(random.nextInt());
                case 1 -> JsonNodeFactory.instance.booleanNode(random.nextBoolean());
                case 2 -> TextNode.valueOf(text(1 + random.nextInt(size)));
                case 3 -> deep();
                case 4 -> manyOf(TextNode.valueOf(text(random.nextInt(3))));
                case 5 -> {
                    var array = JsonNodeFactory.instance.arrayNode();
                    for (int i = random.nextInt(30); i > 0 && remaining > 0; i--) {
                        array.add(any(depth + 1));
                    }
                    yield array;
                }
                default -> {
                    var object = Json.object();
                    for (int i = random.nextInt(30); i > 0 && remaining > 0; i--) {
                        object.set(key(), any(depth + 1));
                    }
                    yield object;
                }
            };
        }

        private JsonNode deep() {
            JsonNode node = TextNode.valueOf(text(random.nextInt(size / 4)));
            for (int i = random.nextInt(900); i > 0; i--) {
                node = random.nextBoolean()
                        ? JsonNodeFactory.instance.arrayNode().add(node)
                        : Json.object().set(text(1), node);
                remaining -= 8;
            }
            return node;
        }

        private JsonNode manyOf(JsonNode node) {
            var array = JsonNodeFactory.instance.arrayNode();
            for (int i = random.nextInt(size / 4); i > 0 && remaining > 0; i--) {
                array.add(node);
                remaining -= 4;
            }
            return array;
        }

        private String key() {
            // Longer names exceed the limits of the reader.
            return text(random.nextInt(10) == 0 ? Math.min(49_000, size / 2) : 1 + random.nextInt(40));
        }

        private String text(int length) {
            var alphabet = ALPHABETS.get(random.nextInt(ALPHABETS.size()));
            var text = new StringBuilder();
            while (text.length() < length) {
                text.append(alphabet, 0, 1 + random.nextInt(alphabet.length()));
            }
            remaining -= text.length();
            return text.toString();
        }
    }
}
