package dev.rill.openai;

import java.net.ProtocolException;

/** A line or an event of a stream is longer than the limit. */
final class EventTooLongException extends ProtocolException {
    private static final long serialVersionUID = 1;

    EventTooLongException(int maxBytes) {
        super("a line or an event of more than " + maxBytes + " bytes");
    }
}
