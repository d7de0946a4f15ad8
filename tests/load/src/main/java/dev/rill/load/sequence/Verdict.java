package dev.rill.load.sequence;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * How a prompt on one socket fared.
 *
 * @param reason why it did not end well; empty text if it did
 * @param events how many came, numbered or not
 * @param breaches what was not as promised, and how often
 */
public record Verdict(Ending outcome, String reason, int events, int deltas, Map<Breach, Integer> breaches) {

    public Verdict {
        var copy = new EnumMap<Breach, Integer>(Breach.class);
        copy.putAll(breaches);
        breaches = Collections.unmodifiableMap(copy);
    }

    /** What became of it. */
    public enum Ending {
        /** {@code response.completed} or {@code response.incomplete}. */
        ANSWERED,
        /** {@code response.failed}, {@code response.cancelled}, or an {@code error} event in place of an answer. */
        FAILED,
        /**
         * The gateway answered in place of Rill, as after 29 s: the prompt is lost to a client that does not repeat it.
         */
        GATEWAY_ERROR,
        /** No end in time: never connected, cut off, or silent. */
        LOST
    }

    /** A broken promise. */
    public enum Breach {
        /** A number was left out; counts the numbers. */
        GAP("numbers left out"),
        /** A number came again, or after a greater one. */
        LATE("numbers late or again"),
        /** An event of a response carried no number. */
        UNNUMBERED("events without a number"),
        /** A terminal event after the terminal event. */
        SECOND_END("second terminal events"),
        /** Another event after the terminal event. */
        AFTER_END("events after the end"),
        /** A response's first event was not {@code response.created}. */
        NOT_CREATED_FIRST("answers that do not begin with created");

        private final String words;

        Breach(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }
}
