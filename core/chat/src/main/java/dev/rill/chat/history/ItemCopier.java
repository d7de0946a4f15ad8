package dev.rill.chat.history;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.rill.chat.log.ConversationSize;
import java.io.IOException;
import java.io.Writer;

/**
 * Copies items of a conversation as the model is sent them, token by token: no tree of them is built, and no more is
 * kept than the copy.
 *
 * <p>An item's {@code id} is left out, since the model's server is told to store nothing and could not know it; so is
 * reasoning that is not encrypted, which means nothing without its id, and the {@code status} of output. One kind of id
 * stays: an {@code mcp_approval_response} names that of its request.
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

    /** @param limit of what may be copied */
    ItemCopier(ConversationSize limit) {
        this.limit = limit;
    }

    /** The items so far, with commas between; empty text if there are none. */
    String json() {
        return copy.text.toString();
    }

    ConversationSize size() {
        return new ConversationSize(copy.bytes, items);
    }

    /** Copies an {@code input} that is a person's words: they are a message. */
    void copyWords(String words) throws IOException, ConversationTooLongException {
        var generator = begin();
        generator.writeStartObject();
        generator.writeStringField("type", "message");
        generator.writeStringField("role", "user");
        generator.writeStringField("content", words);
        generator.writeEndObject();
        generator.close();
        countItem();
    }

    /** Copies the items of the array at whose beginning the parser stands; leaves it at the end. */
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
            item.see(name, parser);
            if (name.equals("id") || (name.equals("status") && origin == Origin.OUTPUT)) {
                parser.skipChildren();
            } else {
                generator.writeFieldName(name);
                copyValue(parser, generator);
                requireRoom();
            }
        }
        if (item.isNamedByOthers()) {
            generator.writeStringField("id", item.id);
        }
        generator.writeEndObject();
        generator.close();
        if (item.isBareReasoning()) {
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

    /** Numbers keep their digits. */
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

    /** What decides whether and how an item is copied. */
    private static final class Item {
        private String type = "";
        private String id = "";
        private boolean encrypted;

        void see(String name, JsonParser parser) throws IOException {
            var isText = parser.currentToken() == JsonToken.VALUE_STRING;
            switch (name) {
                case "type" -> type = isText ? parser.getText() : "";
                case "id" -> id = isText ? parser.getText() : "";
                case "encrypted_content" -> encrypted = parser.currentToken() != JsonToken.VALUE_NULL;
                default -> {}
            }
        }

        boolean isBareReasoning() {
            return type.equals("reasoning") && !encrypted;
        }

        boolean isNamedByOthers() {
            return type.equals("mcp_approval_request");
        }
    }

    /** A text that knows its length in UTF-8 and can be set back. Half a surrogate pair alone counts as half a pair. */
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
