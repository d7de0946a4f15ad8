package dev.rill.chat.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.quota.Reservation;
import java.util.Set;

/**
 * Estimates tokens without a tokenizer, which differs from model to model. The estimate holds a reservation until the
 * model reports its usage. A character counts by its script: four letters of ASCII are about one token, and so are one
 * and a third of Chinese.
 */
public final class TokenEstimate {

    /** What one token counts. */
    public static final int UNITS = 64;

    /** The tokens of an image, about those of a large one. */
    static final long IMAGE_TOKENS = 1_000;

    /** What the model is sent beside the text of an item, such as its role. */
    private static final long ITEM_TOKENS = 4;

    /** Characters of base64 that count as one token: of a PDF, whose pages are mostly pictures and layout. */
    private static final int PDF_CHARS = 40;

    /** Characters of base64 that count as one token: of sound. */
    private static final int AUDIO_CHARS = 100;

    /** Fields of a request that the model reads. */
    private static final Set<String> READ = Set.of("input", "instructions", "tools", "text", "prompt");

    private TokenEstimate() {}

    /** Estimates the input of a request, without its earlier turns. */
    public static long ofRequest(ObjectNode body) {
        long tokens = 0;
        for (var field : body.properties()) {
            if (READ.contains(field.getKey())) {
                tokens += ofValue(field.getValue());
            }
        }
        return tokens;
    }

    /** Estimates the conversation through the end of a response, whose usage tells most of it. */
    static long ofConversation(ResponseHeader ended) {
        var booking = ended.progress().booking();
        return booking.reported().total() > 0
                ? booking.reported().total()
                : ended.reservation()
                                .map(Reservation::inputTokens)
                                .orElseGet(() ->
                                        TokenEstimate.ofRequest(ended.request().body()))
                        + booking.estimated().output();
    }

    /** Estimates a JSON value that the model reads or has sent: names, numbers and texts. */
    public static long ofValue(JsonNode value) {
        if (value instanceof ObjectNode object) {
            return ITEM_TOKENS + ofFields(object);
        }
        if (value.isArray()) {
            long tokens = 0;
            for (var element : value) {
                tokens += ofValue(element);
            }
            return tokens;
        }
        return ofText(value.asText());
    }

    private static long ofFields(ObjectNode object) {
        var type = object.path("type").asText();
        long tokens = 0;
        for (var field : object.properties()) {
            tokens += ofText(field.getKey()) + ofField(type, field.getKey(), field.getValue());
        }
        return tokens;
    }

    /** A picture or a sound counts by its size in another way than text; what is only called so counts as text. */
    private static long ofField(String type, String name, JsonNode value) {
        return switch (type + "." + name) {
            case "input_image.image_url", "image_url.image_url", "computer_screenshot.image_url" -> IMAGE_TOKENS;
            case "input_audio.input_audio" ->
                Math.max(IMAGE_TOKENS, value.path("data").asText().length() / AUDIO_CHARS);
            case "input_file.file_data" -> ofFile(value.asText());
            case "input_file.file_url", "input_file.file_id", "input_image.file_id" -> IMAGE_TOKENS;
            default -> ofValue(value);
        };
    }

    private static long ofFile(String data) {
        // Base64 has four characters for three bytes, and four bytes of text are a token.
        return Math.max(
                IMAGE_TOKENS,
                data.startsWith("data:application/pdf") ? data.length() / PDF_CHARS : data.length() * 3L / 16);
    }

    /** Estimates a text. */
    public static long ofText(String text) {
        long units = 0;
        for (int i = 0; i < text.length(); i++) {
            units += units(text.charAt(i));
        }
        return (units + UNITS - 1) / UNITS;
    }

    /** Returns what a character counts, in 64ths of a token: by the samples of OpenAI's tokenizers. */
    public static int units(char c) {
        if (c < 0x80) {
            return 16;
        }
        if (Character.isSurrogate(c)) {
            return 32;
        }
        // Greek, Cyrillic, Hebrew, Arabic; then the scripts of South and Southeast Asia; then Chinese, Japanese,
        // Korean.
        return c < 0x800 ? 20 : c < 0x2E80 ? 24 : 48;
    }
}
