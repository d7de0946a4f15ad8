package dev.rill.chat.history;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.rill.chat.log.ConversationSize;
import java.io.IOException;
import java.io.Writer;

/**
 * Copies items of a conversation into the form that the model is sent. Copies token by token, so that only the copy is
 * in memory.
 *
 * <p>Removed are the {@code id} of an item, because a server that stores nothing does not know it; reasoning without
 * encrypted content, which is useless without its id; and the {@code status} of output items. The id of an
 * {@code mcp_approval_request} is kept, because the {@code mcp_approval_response} refers to it. Not safe for use by
 * many threads.
 */
final class ItemCopier {

    /** Where an item comes from. */
    enum Origin {
        INPUT,
        OUTPUT
    }

    private static final JsonFactory JSON = JsonFactory.builder().build();

    private final ConversationSize limit;
    private final MeasuredText copy = new MeasuredText();
    private int items;

    /** @param limit the maximum size of the copy */
    ItemCopier(ConversationSize limit) {
        this.limit = limit;
    }

    /** Returns the items so far, separated by commas; the empty string if there are none. */
    String json() {
        return copy.text.toString();
    }

    ConversationSize size() {
        return new ConversationSize(copy.bytes, items);
    }

    /** Copies an {@code input} that is a string, as a message of the user. */
    void copyPrompt(String prompt) throws IOException, ConversationTooLongException {
        var generator = begin();
        generator.writeStartObject();
        generator.writeStringField("type", "message");
        generator.writeStringField("role", "user");
        generator.writeStringField("content", prompt);
        generator.writeEndObject();
        generator.close();
        countItem();
    }

    /**
     * Copies the items of an array. The parser is at its start token before the call, and at its end token after it.
     */
    void copyArray(JsonParser parser, Origin origin) throws IOException, ConversationTooLongException {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                copyItem(parser, origin);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void copyItem(JsonParser parser, Origin origin) throws IOException, ConversationTooLongException {
        var mark = copy.mark();
        var generator = begin();
        var item = new Item();
        generator.writeStartObject();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var name = parser.currentName();
            parser.nextToken();
            item.read(name, parser);
            if (name.equals("id") || (name.equals("status") && origin == Origin.OUTPUT)) {
                parser.skipChildren();
            } else {
                generator.writeFieldName(name);
                copyValue(parser, generator);
                requireRoom();
            }
        }
        if (item.isReferredTo()) {
            generator.writeStringField("id", item.id);
        }
        generator.writeEndObject();
        generator.close();
        if (item.isUnencryptedReasoning()) {
            copy.reset(mark);
        } else {
            countItem();
        }
    }

    private void countItem() throws ConversationTooLongException {
        items++;
        requireRoom();
    }

    private void requireRoom() throws ConversationTooLongException {
        if (copy.bytes > limit.bytes() || items > limit.items()) {
            throw new ConversationTooLongException();
        }
    }

    private JsonGenerator begin() throws IOException {
        if (!copy.text.isEmpty()) {
            copy.write(',');
        }
        return JSON.createGenerator(copy);
    }

    /** Copies one value. Numbers keep their digits. */
    private static void copyValue(JsonParser parser, JsonGenerator generator) throws IOException {
        int depth = 0;
        do {
            var token = parser.currentToken();
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            }
            if (token.isNumeric()) {
                generator.writeNumber(parser.getText());
            } else {
                generator.copyCurrentEvent(parser);
            }
        } while (depth > 0 && parser.nextToken() != null);
    }

    /** The fields of an item that decide whether and how it is copied. */
    private static final class Item {
        private String type = "";
        private String id = "";
        private boolean encrypted;

        void read(String name, JsonParser parser) throws IOException {
            var isText = parser.currentToken() == JsonToken.VALUE_STRING;
            switch (name) {
                case "type" -> type = isText ? parser.getText() : "";
                case "id" -> id = isText ? parser.getText() : "";
                case "encrypted_content" -> encrypted = parser.currentToken() != JsonToken.VALUE_NULL;
                default -> {}
            }
        }

        boolean isUnencryptedReasoning() {
            return type.equals("reasoning") && !encrypted;
        }

        boolean isReferredTo() {
            return type.equals("mcp_approval_request");
        }
    }

    /**
     * A text that counts its length in UTF-8 and can be reset to an earlier length. A lone surrogate counts as 2 bytes.
     */
    private static final class MeasuredText extends Writer {
        private final StringBuilder text = new StringBuilder();
        private long bytes;

        private record Mark(int length, long bytes) {}

        Mark mark() {
            return new Mark(text.length(), bytes);
        }

        void reset(Mark mark) {
            text.setLength(mark.length);
            bytes = mark.bytes;
        }

        @Override
        public void write(char[] characters, int from, int length) {
            text.append(characters, from, length);
            for (int i = from; i < from + length; i++) {
                bytes += bytesOf(characters[i]);
            }
        }

        private static int bytesOf(char character) {
            if (character < 0x80) {
                return 1;
            }
            return character < 0x800 || Character.isSurrogate(character) ? 2 : 3;
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
