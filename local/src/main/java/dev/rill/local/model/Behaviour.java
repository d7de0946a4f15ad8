package dev.rill.local.model;

import java.time.Duration;
import java.util.Optional;

/**
 * How the simulated model answers. {@link Commands} parses one from a prompt.
 *
 * @param pace the speed
 * @param content the text
 * @param reasoning whether reasoning precedes the answer
 * @param dialect whether it uses events and fields that the standard does not define
 * @param fault the fault
 */
public record Behaviour(Pace pace, Content content, Reasoning reasoning, Dialect dialect, Fault fault) {

    /** Readable prose at a readable pace, without faults. */
    public static final Behaviour DEFAULT = new Behaviour(
            new Pace(40, Duration.ofMillis(100)),
            new Content.Prose(),
            Reasoning.SILENT,
            Dialect.STANDARD,
            new Fault.None());

    /**
     * The speed of an answer.
     *
     * @param deltasPerSecond deltas a second; {@link Double#POSITIVE_INFINITY} for no pauses
     * @param firstByteDelay time from the complete request to the first byte of the response
     */
    public record Pace(double deltasPerSecond, Duration firstByteDelay) {

        /** Without pauses. */
        public static final Pace UNPACED = new Pace(Double.POSITIVE_INFINITY, Duration.ZERO);

        public Pace {
            if (!(deltasPerSecond > 0)) {
                throw new IllegalArgumentException("a pace must be above 0 deltas a second, and is " + deltasPerSecond);
            }
            if (firstByteDelay.isNegative()) {
                throw new IllegalArgumentException("a delay must not be negative");
            }
        }

        /** The time between two deltas. */
        Duration interval() {
            return Duration.ofNanos((long) (1e9 / deltasPerSecond));
        }
    }

    /** The text of an answer. */
    public sealed interface Content {
        /** A few sentences about the prompt. */
        record Prose() implements Content {}

        /** The numbers from 1 on, one in each delta. */
        record Count(int to) implements Content {}

        /** The prompt itself. */
        record Echo() implements Content {}

        /** A text of this size. */
        record Large(int kilobytes) implements Content {}

        /** A call of a function; without a name, of the first that the prompt names, or of the request's first. */
        record ToolCall(Optional<String> name) implements Content {}

        record Refusal() implements Content {}

        /** The list of commands. */
        record Help() implements Content {}
    }

    /** Whether a reasoning item precedes the answer. */
    public enum Reasoning {
        SILENT,
        ALOUD
    }

    /** Whether the answer contains events and fields that the standard does not define. */
    public enum Dialect {
        STANDARD,
        EXTENDED
    }

    /** A fault; {@code after} is the number of deltas before it. */
    public sealed interface Fault {
        record None() implements Fault {}

        /** Refuses a prompt with a status, the first {@code times} requests of the same prompt only. */
        record Refuse(int status, Optional<Duration> retryAfter, int times) implements Fault {
            public Refuse {
                // Other statuses are not refusals.
                status = status >= 400 && status <= 599 ? status : 500;
            }
        }

        /** Sends nothing more and stays connected; 0 is before the first byte. */
        record Stall(int after) implements Fault {}

        /** Closes the connection within an event; 0 is before the first byte. */
        record BreakOff(int after) implements Fault {}

        /** Ends the stream without a terminal event. */
        record EndEarly(int after) implements Fault {}

        /** Sends an event with malformed JSON, and continues. */
        record Nonsense(int after) implements Fault {}

        /** Sends an HTML page instead of events. */
        record WebPage() implements Fault {}

        /** Sends an {@code error} event, and ends. */
        record ErrorEvent(int after, String code) implements Fault {}

        /** Ends in {@code response.failed}. */
        record Failed(int after, String code) implements Fault {}
    }

    Behaviour with(Pace other) {
        return new Behaviour(other, content, reasoning, dialect, fault);
    }

    Behaviour with(Content other) {
        return new Behaviour(pace, other, reasoning, dialect, fault);
    }

    Behaviour with(Reasoning other) {
        return new Behaviour(pace, content, other, dialect, fault);
    }

    Behaviour with(Dialect other) {
        return new Behaviour(pace, content, reasoning, other, fault);
    }

    Behaviour with(Fault other) {
        return new Behaviour(pace, content, reasoning, dialect, other);
    }
}
