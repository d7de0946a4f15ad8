package dev.rill.chat;

import dev.rill.chat.answer.LaneWalk;
import dev.rill.chat.answer.LaneWalk.Action;
import dev.rill.chat.answer.LaneWalk.Purpose;
import dev.rill.chat.answer.LaneWalk.Turn;
import dev.rill.chat.log.Lane;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.socket.LaneId;

/** The loop around {@link LaneWalk}. Safe for use by many threads. */
final class Lanes {

    private final ResponseLog log;

    Lanes(ResponseLog log) {
        this.log = log;
    }

    /**
     * Whether a response of which a task was received may be answered. If responses before it have ended and were not
     * removed, because a function died, they are removed now.
     *
     * @throws RuntimeException if the log or the queue can't be reached; the task must be delivered again
     */
    Turn turn(LaneId lane, ResponseId id, TaskQueue tasks) {
        return walk(lane, new LaneWalk(id, Purpose.TURN), tasks);
    }

    /**
     * Removes a response from its lane if it has ended, and queues the first one behind it.
     *
     * @throws RuntimeException if the log or the queue can't be reached; a task of the response must walk again
     */
    void handOn(LaneId lane, ResponseId id, TaskQueue tasks) {
        var _ = walk(lane, new LaneWalk(id, Purpose.HAND_ON), tasks);
    }

    /**
     * Returns the lane as a new response with this id finds it. One that is full, or has an earlier response of this
     * id, is rid of those that have ended before.
     */
    Lane beforeCreation(LaneId id, ResponseId response, TaskQueue tasks) {
        var lane = log.lane(id);
        if (!lane.isFull() && !lane.contains(response)) {
            return lane;
        }
        handOn(id, response, tasks);
        return log.lane(id);
    }

    private Turn walk(LaneId id, LaneWalk walk, TaskQueue tasks) {
        while (true) {
            switch (walk.next()) {
                case Action.Read() -> walk.onLane(log.lane(id));
                case Action.Find(var response) -> walk.onFound(log.find(response));
                case Action.Enqueue(var header) -> {
                    tasks.send(QueuedTasks.toAnswer(header));
                    walk.onEnqueued(header);
                }
                case Action.Replace(var lane) -> walk.onReplaced(lane, log.replace(lane));
                case Action.Stop(var turn) -> {
                    return turn;
                }
            }
        }
    }
}
