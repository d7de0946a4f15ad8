package dev.rill.chat.queue;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.LaneId;
import java.util.Optional;

/**
 * A message of the queue: a response that a worker has to answer. The request itself is in the log.
 *
 * @param quotaKey the queue's message group: the queue is fair between keys
 * @param maxRunning the running responses of this quota key, at most; 0 for no limit
 * @param unfinishedDeliveries earlier deliveries whose worker did not finish the task: it may have crashed at any
 *     point. A put-back keeps the count, which the queue's receive count of the new message does not
 * @param lane the lane of the response, in which it may have to wait; empty if it has none
 */
public record Task(
        ResponseId responseId,
        QuotaKey quotaKey,
        Kind kind,
        long maxRunning,
        int unfinishedDeliveries,
        Optional<LaneId> lane) {

    /** A task of a response that waits for no other one. */
    public Task(ResponseId responseId, QuotaKey quotaKey, Kind kind, long maxRunning, int unfinishedDeliveries) {
        this(responseId, quotaKey, kind, maxRunning, unfinishedDeliveries, Optional.empty());
    }

    /** A task without a limit that was not delivered yet. */
    public Task(ResponseId responseId, QuotaKey quotaKey, Kind kind) {
        this(responseId, quotaKey, kind, 0);
    }

    /** A task that was not delivered yet. */
    public Task(ResponseId responseId, QuotaKey quotaKey, Kind kind, long maxRunning) {
        this(responseId, quotaKey, kind, maxRunning, 0);
    }

    /**
     * Returns the task as a message delivers it.
     *
     * @param receiveCount how often the queue has delivered the message, this delivery included; from 1
     */
    public Task received(int receiveCount) {
        return new Task(responseId, quotaKey, kind, maxRunning, unfinishedDeliveries + receiveCount - 1, lane);
    }

    /** What a worker does with the task. */
    public enum Kind {
        /** Answers the response. */
        ANSWER("ask"),
        /**
         * Answers the response unless another attempt does. Delivered 24 s after acceptance, as a message of its own,
         * so that the response is not lost with a worker that crashes before it has shortened the visibility timeout of
         * the {@link #ANSWER} task, nor with a function that crashes during an inline answer.
         */
        WATCHDOG("check"),
        /**
         * Answers the response unless another attempt does. Sent without delay on behalf of a client that finds the
         * response orphaned. Dropped if another attempt holds the lease or the quota is full: the client sends a new
         * one.
         */
        NUDGE("reminder");

        private final String wire;

        Kind(String wire) {
            this.wire = wire;
        }

        /** The value in a message of the queue. */
        public String wire() {
            return wire;
        }

        /**
         * Returns the kind of a value of {@link #wire}.
         *
         * @throws IllegalArgumentException if no kind has it
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
