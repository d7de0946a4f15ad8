package dev.rill.chat.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.quota.Reservation;
import java.util.Set;

/**
 * Estimates tokens without a tokenizer, which differs from model to model: four bytes of UTF-8 are about one token of
 * English, and three bytes, one character, are about one of Chinese or Japanese. The estimate holds a reservation until
 * the model reports its usage.
 */
public final class TokenEstimate {

    /** Bytes of text that count as one token. */
    static final int BYTES_PER_TOKEN = 4;

    /** What an image or a file counts, since its size in bytes tells little. */
    static final long MEDIA_TOKENS = 1_000;

    /** What the model is sent beside the text of an item, such as its role. */
    private static final long ITEM_TOKENS = 4;

    private static final Set<String> MEDIA = Set.of("image_url", "file_data", "file_url", "file_id", "input_audio");

    /** Fields of a request that the model reads. */
    private static final Set<String> READ = Set.of("input", "instructions", "tools", "text", "prompt");

    private TokenEstimate() {}

    /** Estimates the input of a request, without its earlier turns. */
    public static long ofRequest(ObjectNode body) {
        long tokens = 0;
        for (var field : body.properties()) {
            if (READ.contains(field.getKey())) {
                tokens += ofValue(field.getKey(), field.getValue());
            }
        }
        return tokens;
    }

    /** Estimates the conversation through the end of a response, whose usage tells most of it. */
    static long ofConversation(ResponseHeader ended) {
        var booking = ended.progress().booking();
        return booking.reported().total() > 0
                ? booking.reported().total()
                : ended.reservation().map(Reservation::inputTokens).orElse(bytes(ended))
                        + booking.estimated().output();
    }

    private static long bytes(ResponseHeader ended) {
        return ended.conversation().bytes() / BYTES_PER_TOKEN;
    }

    private static long ofValue(String name, JsonNode value) {
        if (MEDIA.contains(name)) {
            return MEDIA_TOKENS;
        }
        if (value.isTextual()) {
            return ofText(value.textValue());
        }
        long tokens = value.isObject() ? ITEM_TOKENS : 0;
        for (var field : value.properties()) {
            tokens += ofValue(field.getKey(), field.getValue());
        }
        if (value.isArray()) {
            for (var element : value) {
                tokens += ofValue("", element);
            }
        }
        return tokens;
    }

    /** Estimates a text. */
    public static long ofText(String text) {
        return (utf8Length(text) + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
    }

    /** Returns the length of a text in UTF-8, in bytes; half a surrogate pair counts 2. */
    private static long utf8Length(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c < 0x80) {
                bytes += 1;
            } else if (c < 0x800 || Character.isSurrogate(c)) {
                bytes += 2;
            } else {
                bytes += 3;
            }
        }
        return bytes;
    }
}
