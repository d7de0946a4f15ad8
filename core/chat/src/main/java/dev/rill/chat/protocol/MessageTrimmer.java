package dev.rill.chat.protocol;

/**
 * Makes an event fit into one socket message. Deltas of text always do: the merger of deltas bounds them. Events that
 * repeat what went before (the {@code done} events, the terminal one, those that carry the request's tools and
 * instructions) can be larger than any message: branches of them are emptied, and their JSON pointers told in
 * {@code rill:omitted}. The log has them whole.
 */
public final class MessageTrimmer {

    /** API Gateway's limit for one WebSocket message, 128 KB. */
    public static final int SOCKET_MESSAGE_BYTES = 128 * 1024;

    private MessageTrimmer() {}

    /** Whether the event's JSON has at most {@code maxBytes} bytes of UTF-8. */
    public static boolean fits(Event event, int maxBytes) {
        long bytes = 0;
        var json = event.json();
        for (int i = 0; i < json.length() && bytes <= maxBytes; i++) {
            var c = json.charAt(i);
            // Two surrogates are one character of four bytes.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes <= maxBytes;
    }

    /**
     * The event's JSON if it has at most {@code maxBytes} bytes of UTF-8, else the same without as much as is too much.
     *
     * @param maxBytes at least 1 KB where it is to be kept whatever the event
     */
    public static String trim(Event event, int maxBytes) {
        if (fits(event, maxBytes)) {
            return event.json();
        }
        return Json.findObject(event.json())
                .map(whole -> new EventTrimmer(whole, maxBytes).trim())
                .orElseGet(() -> {
                    // Deeper than JSON is read here.
                    var bare = Json.object().put("type", event.type()).put("sequence_number", event.sequenceNumber());
                    return new EventTrimmer(bare, maxBytes).trimToMinimum();
                });
    }
}
