package dev.rill.load.sequence;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * The result of one prompt on one socket.
 *
 * @param reason why it was not answered; empty text if it was
 * @param events how many arrived, with or without a number
 * @param breaches the broken promises, and how often each was broken
 */
public record Verdict(Ending outcome, String reason, int events, int deltas, Map<Breach, Integer> breaches) {

    public Verdict {
        var copy = new EnumMap<Breach, Integer>(Breach.class);
        copy.putAll(breaches);
        breaches = Collections.unmodifiableMap(copy);
    }

    /** How a prompt can end. */
    public enum Ending {
        /** {@code response.completed} or {@code response.incomplete}. */
        ANSWERED,
        /** {@code response.failed}, {@code response.cancelled}, or an {@code error} event in place of an answer. */
        FAILED,
        /**
         * API Gateway answered in place of Rill, as it does after 29 s. A client that does not repeat the prompt gets
         * no answer.
         */
        GATEWAY_ERROR,
        /** No end within the timeout: the socket was never opened, was cut off, or stayed silent. */
        LOST
    }

    /** A promise that was broken. */
    public enum Breach {
        /** Numbers were left out; counts the numbers. */
        GAP("missing event numbers"),
        /** A number arrived twice, or after a greater one. */
        LATE("repeated or late event numbers"),
        /** An event of a response had no number. */
        UNNUMBERED("events without a number"),
        /** A terminal event after the terminal event. */
        SECOND_END("second terminal events"),
        /** Another event after the terminal event. */
        AFTER_END("events after the terminal event"),
        /** A response's first event was not {@code response.created}. */
        NOT_CREATED_FIRST("answers without response.created first");

        private final String words;

        Breach(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }
}
