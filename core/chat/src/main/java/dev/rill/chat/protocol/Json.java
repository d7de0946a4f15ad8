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
 * Reads and writes JSON. Numbers keep their digits; text after the value is an error.
 *
 * <p>The limits depend on who wrote the text. Text from a client or a model is read within limits, and a document
 * beyond them is treated as invalid JSON. Text that Rill wrote (the log, the queue) is read without limits, so that an
 * accepted event can always be read back, although Rill nests the client's or the model's values in objects of its own.
 *
 * <p>Invalid text never causes an exception (but see {@link #forEachObject} and {@link #parser}), and no exception
 * contains a piece of the text. Safe for use by many threads.
 */
public final class Json {

    /** The longest number that a client or a model may send, in characters. */
    private static final int MAX_NUMBER_CHARS = 1_000;

    /**
     * The largest scale, positive or negative, of such a number. Written without an exponent it has at most 2,000
     * digits.
     */
    private static final int MAX_NUMBER_SCALE = 1_000;

    private static final JsonMapper CLIENT = reader(StreamReadConstraints.builder()
            .maxNestingDepth(100)
            .maxNumberLength(MAX_NUMBER_CHARS)
            .maxTokenCount(500_000)
            .build());

    /**
     * Has higher limits than {@link #CLIENT}, because a model's events nest the request inside the response, and
     * terminal events repeat all log probabilities.
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

    private static final ObjectReader ELEMENT_READER =
            MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    /** Parses a text that Rill wrote. Empty if it does not contain exactly one JSON value. */
    public static Optional<JsonNode> find(String text) {
        return read(MAPPER, text);
    }

    /** Parses a text that Rill wrote. Empty if it is not exactly one JSON object. */
    public static Optional<ObjectNode> findObject(String text) {
        return objectIn(find(text));
    }

    /**
     * Parses an object that a client sent. Empty in the cases of {@link #findFromClient}, and for another kind of
     * value.
     */
    public static Optional<ObjectNode> findObjectFromClient(String text) {
        return objectIn(findFromClient(text));
    }

    /**
     * Parses a value that a client sent. Lone surrogates are replaced by U+FFFD, because UTF-8 can't encode them. Empty
     * if the text is not exactly one JSON value, an object has a name twice, or a limit is exceeded: 100 levels,
     * 500,000 tokens, numbers of 1,000 characters and a scale of 1,000.
     */
    public static Optional<JsonNode> findFromClient(String text) {
        var json = read(CLIENT, text);
        if (json.isEmpty() || !mayContainLoneSurrogate(text)) {
            return json;
        }
        // Parse again, because the replacement may have made two names of an object equal.
        return read(CLIENT, write(json.get()));
    }

    /**
     * Parses an event that a model sent. Lone surrogates are kept, because the next event may begin with the other half
     * of the pair. Empty if the text is not exactly one JSON object, an object has a name twice, or a limit is
     * exceeded: 250 levels, 3,000,000 tokens, and the limits of a client's numbers.
     */
    public static Optional<ObjectNode> findObjectFromModel(String text) {
        return objectIn(read(MODEL, text));
    }

    /**
     * Parses the objects of an array one at a time, so that only one of them is in memory. Elements that are not
     * objects are skipped.
     *
     * @param array a JSON array that Rill wrote
     * @throws UncheckedIOException if the text is not JSON
     */
    public static void forEachObject(String array, Consumer<ObjectNode> action) {
        try (var parser = MAPPER.createParser(array)) {
            parser.nextToken();
            while (parser.nextToken() != null && parser.currentToken() != JsonToken.END_ARRAY) {
                var element = ELEMENT_READER.readTree(parser);
                if (element instanceof ObjectNode object) {
                    action.accept(object);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a parser of the tokens of a text that Rill wrote. */
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
        // Jackson's UTF-8 generator throws for a lone surrogate; this encoder writes U+FFFD.
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

    /** Writes one line of JSON. Lone surrogates are replaced by U+FFFD, because UTF-8 can't encode them. */
    public static String write(JsonNode node) {
        try {
            return WellFormed.of(MAPPER.writeValueAsString(node));
        } catch (JsonProcessingException _) {
            // The cause is not attached, because its message may quote the value.
            throw new IllegalStateException("a tree of more than 1,000 levels can't be written");
        }
    }

    /** Whether a string of this document may contain a lone surrogate, escaped or not. */
    private static boolean mayContainLoneSurrogate(String text) {
        return text.contains("\\ud") || text.contains("\\uD") || !text.equals(WellFormed.of(text));
    }

    private static Optional<ObjectNode> objectIn(Optional<JsonNode> json) {
        return json.filter(ObjectNode.class::isInstance).map(ObjectNode.class::cast);
    }

    private static Optional<JsonNode> read(JsonMapper reader, String text) {
        try {
            return Optional.ofNullable(reader.readTree(text)).filter(node -> !node.isMissingNode());
        } catch (JsonProcessingException | NumberFormatException _) {
            // Jackson throws NumberFormatException for an exponent outside BigDecimal's range.
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

    /** Rejects numbers that would take gigabytes when they are rounded or written without an exponent. */
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
