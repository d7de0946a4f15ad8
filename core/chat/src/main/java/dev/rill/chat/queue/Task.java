package dev.rill.chat.queue;

import dev.rill.chat.protocol.ResponseId;

/**
 * A message of the queue: which response to answer. The request itself waits in the log.
 *
 * @param quotaKey within which the queue is fair
 */
public record Task(ResponseId responseId, QuotaKey quotaKey, Kind kind) {

    /** What a worker shall do about it. */
    public enum Kind {
        /** Answer it. */
        ANSWER("ask"),
        /**
         * See to it that somebody does. It comes 24 seconds after the request was taken, a message of its own, so that
         * a prompt is not lost with a worker that dies before it could shorten the time for which the queue hides it,
         * nor with a function that answers directly.
         */
        WATCHDOG("check"),
        /**
         * The same, at once, for a reader who sees that nobody answers. It is dropped where that is not so: the reader
         * asks again.
         */
        NUDGE("reminder");

        private final String wire;

        Kind(String wire) {
            this.wire = wire;
        }

        /** The word in a message. */
        public String wire() {
            return wire;
        }

        /**
         * The kind of this word.
         *
         * @throws IllegalArgumentException if there is none
         */
        public static Kind require(String wire) {
            for (var kind : values()) {
                if (kind.wire.equals(wire)) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("a message of the queue is of no known kind");
        }
    }
}
