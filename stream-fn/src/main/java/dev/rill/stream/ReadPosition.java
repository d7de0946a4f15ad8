package dev.rill.stream;

import dev.rill.chat.protocol.ApiException;
import dev.rill.streaming.Request;
import java.util.OptionalLong;

/**
 * From where on a client reads a response.
 *
 * @param startingAfter the sequence number of the last event that the client has; -1 if none
 * @param lastEventId the same number, where the client is an {@code EventSource} that reconnects; empty if it has sent
 *     {@code starting_after}, which it wants to be obeyed in any case
 */
record ReadPosition(long startingAfter, OptionalLong lastEventId) {

    /**
     * Reads {@code starting_after}, or else the header {@code Last-Event-ID}.
     *
     * @throws ApiException if the one that is read is not a sequence number
     */
    static ReadPosition of(Request request) throws ApiException {
        var startingAfter = request.query("starting_after");
        if (startingAfter.isPresent()) {
            return new ReadPosition(number("starting_after", startingAfter.get()), OptionalLong.empty());
        }
        var lastEventId = request.header("last-event-id").orElse("").strip();
        if (lastEventId.isEmpty()) {
            return new ReadPosition(-1, OptionalLong.empty());
        }
        long last = number("Last-Event-ID", lastEventId);
        return new ReadPosition(last, OptionalLong.of(last));
    }

    private static long number(String param, String text) throws ApiException {
        if (!text.matches("-1|\\d{1,18}")) {
            throw ApiException.invalidValue(param, "it is a sequence number");
        }
        return Long.parseLong(text);
    }
}
