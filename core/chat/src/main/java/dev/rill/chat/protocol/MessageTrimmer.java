package dev.rill.chat.protocol;

/**
 * Makes an event fit into one socket message. Text deltas always fit, because the answer bounds their length. Events
 * that repeat earlier ones (the {@code done} events, the terminal event, and those with the request's tools and
 * instructions) can be larger than any message. Values of such an event are emptied, and their JSON pointers are listed
 * in {@code rill:omitted}. The log has the complete event.
 */
public final class MessageTrimmer {

    /** API Gateway's limit of one WebSocket message: 128 KB. */
    public static final int SOCKET_MESSAGE_BYTES = 128 * 1024;

    private MessageTrimmer() {}

    /** Whether the event's JSON has at most {@code maxBytes} bytes of UTF-8. */
    public static boolean fits(Event event, int maxBytes) {
        long bytes = 0;
        var json = event.json();
        for (int i = 0; i < json.length() && bytes <= maxBytes; i++) {
            var c = json.charAt(i);
            // A surrogate pair is one character of four bytes.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes <= maxBytes;
    }

    /**
     * Returns the event's JSON, shortened if it has more than {@code maxBytes} bytes of UTF-8.
     *
     * @param maxBytes the limit; one below 1 KB may be exceeded by the minimal form of an event
     */
    public static String trim(Event event, int maxBytes) {
        if (fits(event, maxBytes)) {
            return event.json();
        }
        return event.findPayload()
                // A copy, because the trimmer changes it, and the event's other readers need the whole one.
                .map(whole -> new EventTrimmer(whole.deepCopy(), maxBytes).trim())
                .orElseGet(() -> {
                    // Deeper than JSON is read here.
                    var bare = Json.object().put("type", event.type()).put("sequence_number", event.sequenceNumber());
                    return new EventTrimmer(bare, maxBytes).trimToMinimum();
                });
    }
}
