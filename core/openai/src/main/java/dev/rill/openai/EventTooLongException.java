package dev.rill.openai;

import java.net.ProtocolException;

/** A stream of events has a line or an event that is longer than any event may be. */
final class EventTooLongException extends ProtocolException {
    private static final long serialVersionUID = 1;

    EventTooLongException(int maxBytes) {
        super("a line or an event of more than " + maxBytes + " bytes");
    }
}
