package dev.rill.local.model;

import java.time.Duration;
import java.util.Optional;

/**
 * How the simulated model answers. {@link Commands} reads one from words.
 *
 * @param pace how fast
 * @param content what it says
 * @param reasoning whether it thinks aloud first
 * @param dialect whether it uses words that no client has heard of
 * @param fault what goes wrong
 */
public record Behaviour(Pace pace, Content content, Reasoning reasoning, Dialect dialect, Fault fault) {

    /** Readable prose at a readable pace, nothing goes wrong. */
    public static final Behaviour DEFAULT = new Behaviour(
            new Pace(40, Duration.ofMillis(100)),
            new Content.Prose(),
            Reasoning.SILENT,
            Dialect.STANDARD,
            new Fault.None());

    /**
     * How fast.
     *
     * @param deltasPerSecond {@link Double#POSITIVE_INFINITY} for no pauses
     * @param firstByteDelay from the whole request to the first byte of the answer
     */
    public record Pace(double deltasPerSecond, Duration firstByteDelay) {

        /** As fast as it is read. */
        public static final Pace UNPACED = new Pace(Double.POSITIVE_INFINITY, Duration.ZERO);

        public Pace {
            if (!(deltasPerSecond > 0)) {
                throw new IllegalArgumentException("a pace is above 0 deltas a second, not " + deltasPerSecond);
            }
            if (firstByteDelay.isNegative()) {
                throw new IllegalArgumentException("a delay is not negative");
            }
        }

        /** From one delta to the next. */
        Duration interval() {
            return Duration.ofNanos((long) (1e9 / deltasPerSecond));
        }
    }

    /** What it says. */
    public sealed interface Content {
        /** Some sentences about the prompt. */
        record Prose() implements Content {}

        /** The numbers from 1 on, one a delta. */
        record Count(int to) implements Content {}

        /** The prompt itself. */
        record Echo() implements Content {}

        /** This much text. */
        record Large(int kilobytes) implements Content {}

        /** A call of a function; without a name, of the request's first one. */
        record ToolCall(Optional<String> name) implements Content {}

        record Refusal() implements Content {}

        /** The commands. */
        record Help() implements Content {}
    }

    /** Whether a reasoning item precedes the answer. */
    public enum Reasoning {
        SILENT,
        ALOUD
    }

    /** Whether events and fields appear that the standard does not name. */
    public enum Dialect {
        STANDARD,
        EXTENDED
    }

    /** What goes wrong; {@code after} counts the deltas before it. */
    public sealed interface Fault {
        record None() implements Fault {}

        /** Answers with a status; {@code times} the same prompt, and then no more. */
        record Refuse(int status, Optional<Duration> retryAfter, int times) implements Fault {
            public Refuse {
                // Whatever else a prompt asks for is no refusal.
                status = status >= 400 && status <= 599 ? status : 500;
            }
        }

        /** Falls silent and stays connected; 0 is before the first byte. */
        record Stall(int after) implements Fault {}

        /** Breaks the connection in the midst of an event; 0 is before the first byte. */
        record BreakOff(int after) implements Fault {}

        /** Ends properly, without a terminal event. */
        record EndEarly(int after) implements Fault {}

        /** Sends an event whose JSON can't be read, and goes on. */
        record Nonsense(int after) implements Fault {}

        /** Sends a web page instead of events. */
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
