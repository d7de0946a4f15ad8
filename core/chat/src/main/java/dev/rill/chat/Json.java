package dev.rill.chat;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads and writes JSON as the protocol needs it: numbers keep their digits, nothing follows the value. */
public final class Json {

  private static final JsonMapper MAPPER = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
      .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
      .build();

  private static final ObjectReader ONE_OF_MANY = MAPPER.reader()
      .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private Json() {}

  /** The JSON object in this text; empty if the text is no JSON, or another kind of value. */
  public static Optional<ObjectNode> findObject(String text) {
    return find(text).filter(ObjectNode.class::isInstance).map(ObjectNode.class::cast);
  }

  /** The JSON value in this text; empty if there is none or more than one. */
  public static Optional<JsonNode> find(String text) {
    try {
      return Optional.ofNullable(MAPPER.readTree(text)).filter(node -> !node.isMissingNode());
    } catch (JsonProcessingException _) {
      return Optional.empty();
    }
  }

  /**
   * Reads the objects of an array one by one, so that no tree of them all is built; what is no object is left out.
   *
   * @param array a JSON array
   */
  static void forEachObject(String array, Consumer<ObjectNode> action) {
    try (var parser = MAPPER.createParser(array)) {
      parser.nextToken();
      while (parser.nextToken() != null && parser.currentToken() != JsonToken.END_ARRAY) {
        JsonNode element = ONE_OF_MANY.readTree(parser);
        if (element instanceof ObjectNode object) {
          action.accept(object);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For reading a text token by token; numbers keep their digits as text. */
  static JsonParser parser(String text) throws IOException {
    return MAPPER.createParser(text);
  }

  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** Writes one line of JSON in UTF-8, as {@link #write(JsonNode)} would, without a copy of it in memory. Leaves the stream open. */
  public static void write(JsonNode node, OutputStream out) throws IOException {
    // A writer, for it takes half a surrogate pair, of which the generator for bytes makes an error.
    var writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
    try (var generator = MAPPER.createGenerator(writer).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
      MAPPER.writeValue(generator, node);
    }
    writer.flush();
  }

  /** One line of JSON. */
  public static String write(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
