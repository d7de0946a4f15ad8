package dev.rill.chat.answer;

import dev.rill.chat.log.Claim;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Settlement;
import java.util.Optional;

/** What a worker does with a task, by the outcome of its claim of the response's lease. */
public sealed interface TaskDecision {

    /** What a worker does with a task of the dead-letter queue. */
    sealed interface OfDeadLetter extends TaskDecision {}

    /** Answer the response; the worker holds its lease. */
    record Answer(ResponseHeader header) implements TaskDecision {}

    /** End the response as failed, because all its attempts have failed; the worker holds its lease. */
    record GiveUp(ResponseHeader header) implements OfDeadLetter {}

    /** End the response as failed, because the function that answered it inline has crashed. */
    record BreakOff(ResponseHeader header) implements TaskDecision {}

    /**
     * Settle the response, and send each socket what follows its position in the log: the response has ended, and
     * sockets may lack the end.
     */
    record SendRest(Status status, Subscriptions subscriptions, Optional<Settlement> settlement)
            implements OfDeadLetter {}

    /**
     * Settle the response: free its place in the quota, and book it unless it is booked.
     *
     * @param ended how it has ended; empty if it does not exist
     */
    record Settle(Optional<Status> ended, Optional<Settlement> settlement) implements OfDeadLetter {

        static Settle of(Claim.Ended claim) {
            return new Settle(Optional.of(claim.status()), claim.settlement());
        }

        /** Of a response that does not exist. Its reservation stays, since it may be about to be created. */
        static Settle ofUnknown() {
            return new Settle(Optional.empty(), Optional.empty());
        }
    }

    /** Have the task delivered again later. */
    record PutBack() implements OfDeadLetter {}

    /** Do nothing: another attempt answers the response, and is guarded by another task. */
    record Ignore() implements TaskDecision {}

    /**
     * The decision for a task of the queue.
     *
     * @param attempts how many attempts a response has, at most
     */
    static TaskDecision of(Task task, Claim claim, int attempts) {
        return switch (claim) {
            case Claim.Granted(var header) when header.execution() == Execution.INLINE -> new BreakOff(header);
            case Claim.Granted(var header) when header.attempt() > attempts -> new GiveUp(header);
            case Claim.Granted(var header) -> new Answer(header);
            case Claim.Held(var _, var holder) -> isGuardedWithout(task, holder) ? new Ignore() : new PutBack();
            case Claim.Ended ended ->
                task.unfinishedDeliveries() > 0 ? afterUnfinishedDelivery(task, ended) : Settle.of(ended);
            case Claim.Unknown _ -> Settle.ofUnknown();
        };
    }

    /**
     * Whether the response is answered even if this task is gone and the attempt that holds the lease crashes. An
     * attempt that a task of another kind started is guarded by that task, which the queue delivers again. One that a
     * request started has no task, and one of this kind may have been started by an earlier delivery of this task. A
     * nudge that is delivered for the first time is dropped in any case: the response has other tasks, and its client
     * sends a new nudge.
     */
    private static boolean isGuardedWithout(Task task, Optional<Task.Kind> holder) {
        if (holder.isPresent() && holder.get() != task.kind()) {
            return true;
        }
        return task.kind() == Task.Kind.NUDGE && task.unfinishedDeliveries() == 0;
    }

    /**
     * If an earlier delivery of this task has ended the response, its worker may have crashed before the last posts. If
     * another task has, that one is delivered again; this one may have unfinished deliveries because Lambda had no room
     * for its worker.
     */
    private static OfDeadLetter afterUnfinishedDelivery(Task task, Claim.Ended ended) {
        return ended.task().equals(Optional.of(task.kind()))
                ? new SendRest(ended.status(), ended.subscriptions(), ended.settlement())
                : Settle.of(ended);
    }

    /**
     * The decision for a task whose response finds no place in the quota.
     *
     * @param ended the response if it has ended; need not be read where every delivery of the task was finished
     */
    static TaskDecision beyondQuota(Task task, Optional<ResponseHeader> ended) {
        if (task.unfinishedDeliveries() > 0 && ended.isPresent()) {
            return afterUnfinishedDelivery(task, Claim.Ended.of(ended.get()));
        }
        var isFirstNudge = task.kind() == Task.Kind.NUDGE && task.unfinishedDeliveries() == 0;
        return isFirstNudge ? new Ignore() : new PutBack();
    }

    /** The decision for a task of the dead-letter queue: all its deliveries were unfinished. */
    static OfDeadLetter ofDeadLetter(Task task, Claim claim) {
        return switch (claim) {
            case Claim.Granted(var header) -> new GiveUp(header);
            case Claim.Held _ -> new PutBack();
            case Claim.Ended ended -> afterUnfinishedDelivery(task, ended);
            case Claim.Unknown _ -> Settle.ofUnknown();
        };
    }
}
