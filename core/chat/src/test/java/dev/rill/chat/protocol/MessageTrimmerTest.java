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
    void eventThatFitsIsSentToTheLetter() {
        var event = new Event(1, "x", "{ \"odd\" : \"spacing\" }");
        assertThat(MessageTrimmer.trim(event, 100)).isSameAs(event.json());
    }

    @Test
    void eventOfExactlyTheLimitIsSentToTheLetter() {
        var event = new Event(0, "x", "{\"a\":\"" + "é".repeat(46) + "\"}");
        assertThat(MessageTrimmer.trim(event, 100)).isSameAs(event.json());
        assertThat(bytes(MessageTrimmer.trim(event, 99))).isLessThanOrEqualTo(99);
    }

    @Test
    void longTextIsEmptiedAndNamed() {
        var event = completed("\"text\":\"" + "\\\"".repeat(100_000) + "\",\"annotations\":[]");
        assertThat(fit(event))
                .hasToString(completed("\"text\":\"\",\"annotations\":[]")
                        .json()
                        .replaceFirst("}$", ",\"rill:omitted\":[\"/response/output/0/content/0/text\"]}"));
    }

    @Test
    void noMoreIsOmittedThanMustBe() {
        var text = "x".repeat(100_000);
        var event = event(
                "response.completed",
                "\"response\":{\"id\":\"resp_1\",\"output\":[{\"content\":[{\"text\":\"" + text + "\",\"logprobs\":["
                        + numbers(20_000) + "]}]}]}");
        var fitted = fit(event);
        assertThat(fitted.path("rill:omitted")).hasToString("[\"/response/output/0/content/0/logprobs\"]");
        assertThat(fitted.at("/response/output/0/content/0/text").textValue()).isEqualTo(text);
    }

    @Test
    void oneLongTextWithinABranchIsOmittedAlone() {
        var fitted = fit(event(
                "response.created",
                "\"response\":{\"id\":\"resp_1\",\"text\":{\"format\":{\"type\":"
                        + "\"json_schema\",\"schema\":{\"description\":\"" + "d".repeat(200_000)
                        + "\"},\"a/b~c\":1}}}"));
        assertThat(fitted.path("rill:omitted")).hasToString("[\"/response/text/format/schema/description\"]");
        assertThat(fitted.at("/response/text/format/type").textValue()).isEqualTo("json_schema");
    }

    @Test
    void listOfManySmallThingsIsOmittedUnderOnePointer() {
        var fitted = fit(event(
                "response.output_text.delta",
                "\"item_id\":\"msg_1\",\"delta\":\"Hello\",\"logprobs\":[" + numbers(100_000) + "]"));
        assertThat(fitted)
                .hasToString(
                        "{\"type\":\"response.output_text.delta\",\"sequence_number\":4,"
                                + "\"item_id\":\"msg_1\",\"delta\":\"Hello\",\"logprobs\":[],\"rill:omitted\":[\"/logprobs\"]}");
    }

    @Test
    void metadataWithHugeKeysIsOmittedUnderOnePointer() {
        var fitted = fit(event(
                "response.created",
                "\"response\":{\"id\":\"resp_1\",\"status\":\"queued\",\"metadata\":{\""
                        + "a".repeat(44_500) + "\":\"1\",\"" + "b".repeat(44_500) + "\":\"2\",\"" + "c".repeat(44_500)
                        + "\":\"3\"}}"));
        assertThat(fitted)
                .hasToString(
                        "{\"type\":\"response.created\",\"sequence_number\":4,\"response\":{\"id\":"
                                + "\"resp_1\",\"status\":\"queued\",\"metadata\":{}},\"rill:omitted\":[\"/response/metadata\"]}");
    }

    @Test
    void itemsOfALongOutputKeepTheirNames() {
        var items = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            items.append(i == 0 ? "" : ",")
                    .append("{\"id\":\"msg_")
                    .append(i)
                    .append("\",\"content\":[{\"text\":\"")
                    .append("w".repeat(30_000))
                    .append("\"}]}");
        }
        var fitted = fit(event("response.completed", "\"response\":{\"id\":\"resp_1\",\"output\":[" + items + "]}"));
        assertThat(fitted.at("/response/output"))
                .hasSize(20)
                .allSatisfy(item -> assertThat(item.path("id").textValue()).startsWith("msg_"));
        assertThat(fitted.path("rill:omitted")).hasSizeBetween(16, 17);
    }

    @Test
    void outputOfVeryManyItemsIsOmittedAsOne() {
        var item = "{\"id\":\"msg_1\",\"content\":[{\"text\":\"few words\"}]},";
        var fitted = fit(event(
                "response.completed",
                "\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[" + item.repeat(20_000) + "1]}"));
        assertThat(fitted)
                .hasToString(
                        "{\"type\":\"response.completed\",\"sequence_number\":4,\"response\":{\"id\":"
                                + "\"resp_1\",\"status\":\"completed\",\"output\":[]},\"rill:omitted\":[\"/response/output\"]}");
    }

    @Test
    void whatNoPointerCanShortenIsSentWithWhatMatters() {
        var fitted = fit(event(
                "response.failed",
                "\"output_index\":3,\"response\":{\"id\":\"resp_1\",\"status\":\"failed\","
                        + "\"error\":{\"code\":\"server_error\",\"message\":\"" + "m".repeat(9_000)
                        + "\"},\"usage\":{\"total_tokens\":7},\""
                        + "k".repeat(49_000) + "\":1,\"" + "l".repeat(49_000) + "\":1,\"" + "m".repeat(49_000)
                        + "\":1}"));
        assertThat(fitted)
                .hasToString("{\"type\":\"response.failed\",\"sequence_number\":4,\"output_index\":3,"
                        + "\"response\":{\"id\":\"resp_1\",\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"\"},"
                        + "\"usage\":{\"total_tokens\":7}},\"rill:omitted\":[\"\"]}");
    }

    @Test
    void textOfADeltaIsKeptWhateverStandsBesideIt() {
        var delta = "\\u0001".repeat(16 * 1024);
        for (var beside : List.of(
                "\"logprobs\":[" + numbers(50_000) + "]",
                "\"x\":\"" + "y".repeat(40_000) + "\"",
                "\"" + "k".repeat(49_000) + "\":1")) {
            var fitted = fit(event("response.output_text.delta", "\"delta\":\"" + delta + "\"," + beside));
            assertThat(fitted.path("delta").textValue()).isEqualTo("\u0001".repeat(16 * 1024));
            assertThat(fitted.path("type").textValue()).isEqualTo("response.output_text.delta");
        }
    }

    @Test
    void deltaThatExceedsEveryMessageIsOmitted() {
        var fitted = fit(event("response.audio.delta", "\"delta\":\"" + "A".repeat(200_000) + "\""));
        assertThat(fitted.path("rill:omitted")).hasToString("[\"/delta\"]");
    }

    @Test
    void eventThatIsNoJsonKeepsItsTypeAndNumber() {
        var deep = "[".repeat(1_100) + "\"" + "x".repeat(LIMIT) + "\"" + "]".repeat(1_100);
        assertThat(fit(event("response.x", "\"a\":" + deep)))
                .hasToString("{\"type\":\"response.x\",\"sequence_number\":4,\"rill:omitted\":[\"\"]}");
    }

    @Test
    void typeThatExceedsEveryMessageIsCut() {
        var type = "response." + "t".repeat(200_000);
        var fitted = fit(new Event(4, type, "{\"type\":\"" + type + "\",\"sequence_number\":4}"));
        assertThat(type).startsWith(fitted.path("type").textValue());
        assertThat(fitted.path("sequence_number").longValue()).isEqualTo(4);
    }

    /** Whatever a model or a client sends: it fits, it is JSON, and all that is not named as omitted is there. */
    @ParameterizedTest
    @ValueSource(ints = {2_048, 16 * 1024, LIMIT})
    void anyEventIsShortenedToWhatFits(int limit) {
        for (long seed = 0; seed < Math.clamp(2_000_000 / limit, 20, 150); seed++) {
            var event = new Events(new Random(seed), limit).next();
            var fitted = MessageTrimmer.trim(event, limit);
            assertThat(bytes(fitted)).as("seed %s", seed).isLessThanOrEqualTo(limit);
            var json = Json.findObject(fitted).orElseThrow(() -> new AssertionError("not JSON"));
            assertThat(json.path("type").textValue()).as("seed %s", seed).isEqualTo(event.type());
            assertThat(json.path("sequence_number").longValue())
                    .as("seed %s", seed)
                    .isEqualTo(event.sequenceNumber());
            if (bytes(event.json()) > limit) {
                assertOmitsWhatItNames(Json.findObject(event.json()).orElseThrow(), json, "seed " + seed);
            }
        }
    }

    /** Counted, and not timed: what is looked at grows as the event does. */
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

    private static void assertOmitsWhatItNames(ObjectNode whole, ObjectNode fitted, String description) {
        var omitted = fitted.remove("rill:omitted");
        assertThat(omitted).as(description).isNotEmpty();
        if (omitted.get(0).textValue().isEmpty()) {
            return;
        }
        for (var pointer : omitted) {
            var place = JsonPointer.compile(pointer.textValue());
            var value = whole.at(place);
            assertThat(value.isTextual() || value.isContainerNode())
                    .as(description + " " + pointer)
                    .isTrue();
            JsonNode empty = switch (value) {
                case ObjectNode object -> object.objectNode();
                case ArrayNode array -> array.arrayNode();
                default -> TextNode.valueOf("");
            };
            var name = place.last().getMatchingProperty();
            switch (whole.at(place.head())) {
                case ObjectNode object -> object.set(name, empty);
                case ArrayNode array -> array.set(Integer.parseInt(name), empty);
                default -> throw new AssertionError("nothing is at " + pointer);
            }
        }
        assertThat(fitted).as(description).isEqualTo(whole);
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

    private static ObjectNode fit(Event event) {
        var fitted = MessageTrimmer.trim(event, LIMIT);
        assertThat(bytes(fitted)).isLessThanOrEqualTo(LIMIT);
        return Json.findObject(fitted).orElseThrow(() -> new AssertionError("not JSON"));
    }

    private static String numbers(int count) {
        return "1.25,".repeat(count) + "0";
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Makes events of every ill-natured shape that was thought of; alike for one seed. */
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
        private int left;

        Events(Random random, int size) {
            this.random = random;
            this.size = size;
        }

        Event next() {
            left = size / 2 + random.nextInt(size * 2);
            var type = TYPES.get(random.nextInt(TYPES.size()));
            var payload = Json.object();
            if (random.nextBoolean()) {
                payload.put("item_id", "msg_1").put("output_index", random.nextInt(9));
            }
            if (type.endsWith(".delta")) {
                payload.put("delta", text(random.nextInt(size / 16)));
            }
            while (left > 0) {
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
            for (int i = random.nextInt(40); i > 0 && left > 0; i--) {
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
            left -= 8;
            return switch (random.nextInt(depth > 20 ? 3 : 7)) {
                case 0 -> JsonNodeFactory.instance.numberNode(random.nextInt());
                case 1 -> JsonNodeFactory.instance.booleanNode(random.nextBoolean());
                case 2 -> TextNode.valueOf(text(1 + random.nextInt(size)));
                case 3 -> deep();
                case 4 -> manyOf(TextNode.valueOf(text(random.nextInt(3))));
                case 5 -> {
                    var array = JsonNodeFactory.instance.arrayNode();
                    for (int i = random.nextInt(30); i > 0 && left > 0; i--) {
                        array.add(any(depth + 1));
                    }
                    yield array;
                }
                default -> {
                    var object = Json.object();
                    for (int i = random.nextInt(30); i > 0 && left > 0; i--) {
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
                left -= 8;
            }
            return node;
        }

        private JsonNode manyOf(JsonNode node) {
            var array = JsonNodeFactory.instance.arrayNode();
            for (int i = random.nextInt(size / 4); i > 0 && left > 0; i--) {
                array.add(node);
                left -= 4;
            }
            return array;
        }

        private String key() {
            // Longer ones are not read here.
            return text(random.nextInt(10) == 0 ? Math.min(49_000, size / 2) : 1 + random.nextInt(40));
        }

        private String text(int length) {
            var alphabet = ALPHABETS.get(random.nextInt(ALPHABETS.size()));
            var text = new StringBuilder();
            while (text.length() < length) {
                text.append(alphabet, 0, 1 + random.nextInt(alphabet.length()));
            }
            left -= text.length();
            return text.toString();
        }
    }
}
