package dev.rill.chat.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.ValueNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads and writes JSON as the protocol needs it: numbers keep their digits, nothing follows the value.
 *
 * <p>There are three readers, by who wrote the text. What a client or a model sent is read within limits: a document
 * beyond them is treated as one that is not JSON. What Rill itself wrote (the log, the queue) is read without, so that
 * an event that was accepted can always be read back, although Rill has put the client's or the model's values deeper
 * into objects of its own.
 *
 * <p>No method throws for what a text contains, and none repeats a piece of it in an exception. Safe for use by many
 * threads.
 */
public final class Json {

    /** The most digits, signs and points of a number that a client or a model sends. */
    private static final int MAX_NUMBER_CHARS = 1_000;

    /**
     * The most decimal places, or zeros after the digits, of such a number: written out, it has at most 2,000 digits.
     */
    private static final int MAX_NUMBER_SCALE = 1_000;

    private static final JsonMapper CLIENT = reader(StreamReadConstraints.builder()
            .maxNestingDepth(100)
            .maxNumberLength(MAX_NUMBER_CHARS)
            .maxTokenCount(500_000)
            .build());

    /**
     * Deeper than a client's, because a model repeats the request inside its response; and terminal events repeat every
     * log probability.
     */
    private static final JsonMapper MODEL = reader(StreamReadConstraints.builder()
            .maxNestingDepth(250)
            .maxNumberLength(MAX_NUMBER_CHARS)
            .maxTokenCount(3_000_000)
            .build());

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNumberLength(Integer.MAX_VALUE)
                            .maxNameLength(Integer.MAX_VALUE)
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private static final ObjectReader ONE_OF_MANY =
            MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    /** The JSON value in a text that Rill wrote; empty if there is none or more than one. */
    public static Optional<JsonNode> find(String text) {
        return read(MAPPER, text);
    }

    /** The JSON object in a text that Rill wrote; empty if the text is no JSON, or another kind of value. */
    public static Optional<ObjectNode> findObject(String text) {
        return objectIn(find(text));
    }

    /** The JSON object that a client sent; empty as {@link #findFromClient}, or if it is another kind of value. */
    public static Optional<ObjectNode> findObjectFromClient(String text) {
        return objectIn(findFromClient(text));
    }

    /**
     * The JSON value that a client sent. Halves of surrogate pairs that stand alone are U+FFFD in it: they can't be
     * written as UTF-8. Empty if the text is no JSON or more than one value, a name comes twice in an object, or it is
     * beyond a limit: 100 levels, 500,000 tokens, numbers of 1,000 characters and 1,000 decimal places.
     */
    public static Optional<JsonNode> findFromClient(String text) {
        var json = read(CLIENT, text);
        if (json.isEmpty() || !mayHoldHalves(text)) {
            return json;
        }
        // Read once more, because two names of an object may have become alike.
        return read(CLIENT, write(json.get()));
    }

    /**
     * The JSON object that a model sent as an event. Halves of surrogate pairs are kept, because the next event may
     * bring the other half. Empty if the text is no JSON object, a name comes twice in an object, or it is beyond a
     * limit: 250 levels, 3,000,000 tokens, numbers as those of a client.
     */
    public static Optional<ObjectNode> findObjectFromModel(String text) {
        return objectIn(read(MODEL, text));
    }

    /**
     * Reads the objects of an array one by one, so that no tree of them all is built; what is no object is left out.
     *
     * @param array a JSON array
     */
    public static void forEachObject(String array, Consumer<ObjectNode> action) {
        try (var parser = MAPPER.createParser(array)) {
            parser.nextToken();
            while (parser.nextToken() != null && parser.currentToken() != JsonToken.END_ARRAY) {
                var element = ONE_OF_MANY.readTree(parser);
                if (element instanceof ObjectNode object) {
                    action.accept(object);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For reading a text token by token; numbers keep their digits as text. */
    public static JsonParser parser(String text) throws IOException {
        return MAPPER.createParser(text);
    }

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /**
     * Writes one line of JSON in UTF-8, as {@link #write(JsonNode)} would, without a copy of it in memory. Leaves the
     * stream open.
     */
    public static void write(JsonNode node, OutputStream out) throws IOException {
        // The generator for bytes fails at half a surrogate pair; this encoder writes U+FFFD.
        var encoder = StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .replaceWith("\uFFFD".getBytes(StandardCharsets.UTF_8));
        var writer = new OutputStreamWriter(out, encoder);
        try (var generator = MAPPER.createGenerator(writer).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
            MAPPER.writeValue(generator, node);
        }
        writer.flush();
    }

    /**
     * One line of JSON that can be written as UTF-8: U+FFFD stands for each half of a surrogate pair that stands alone.
     */
    public static String write(JsonNode node) {
        try {
            return WellFormed.of(MAPPER.writeValueAsString(node));
        } catch (JsonProcessingException _) {
            // The cause may quote the value.
            throw new IllegalStateException("a tree of more than 1,000 levels can't be written");
        }
    }

    /** Whether a string of this document can have half a pair: as an escape, or as it is. */
    private static boolean mayHoldHalves(String text) {
        return text.contains("\\ud") || text.contains("\\uD") || !text.equals(WellFormed.of(text));
    }

    private static Optional<ObjectNode> objectIn(Optional<JsonNode> json) {
        return json.filter(ObjectNode.class::isInstance).map(ObjectNode.class::cast);
    }

    private static Optional<JsonNode> read(JsonMapper reader, String text) {
        try {
            return Optional.ofNullable(reader.readTree(text)).filter(node -> !node.isMissingNode());
        } catch (JsonProcessingException | NumberFormatException _) {
            // Jackson throws the latter for an exponent that no BigDecimal can have.
            return Optional.empty();
        }
    }

    private static JsonMapper reader(StreamReadConstraints constraints) {
        return JsonMapper.builder(
                        JsonFactory.builder().streamReadConstraints(constraints).build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .nodeFactory(new BoundedNumbers())
                .build();
    }

    /** Refuses numbers that would take gigabytes when they are rounded or written without an exponent. */
    private static final class BoundedNumbers extends JsonNodeFactory {
        private static final long serialVersionUID = 1;

        @Override
        public ValueNode numberNode(BigDecimal value) {
            if (Math.abs((long) value.scale()) > MAX_NUMBER_SCALE) {
                throw new NumberFormatException("beyond the limit");
            }
            return super.numberNode(value);
        }
    }
}
