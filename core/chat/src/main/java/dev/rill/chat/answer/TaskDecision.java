package dev.rill.chat.answer;

import dev.rill.chat.log.Claim;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
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
     * Free the place of the response in the quota, and send each socket what follows its position in the log: the
     * response has ended, and sockets may lack the end.
     */
    record SendRest(Status status, Subscriptions subscriptions) implements OfDeadLetter {}

    /**
     * Free the place of the response in the quota.
     *
     * @param ended how it has ended; empty if it does not exist
     */
    record Release(Optional<Status> ended) implements OfDeadLetter {}

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
            case Claim.Ended(var status, var subscriptions, var ender) ->
                task.unfinishedDeliveries() > 0
                        ? afterUnfinishedDelivery(task, status, subscriptions, ender)
                        : new Release(Optional.of(status));
            case Claim.Unknown _ -> new Release(Optional.empty());
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
    private static OfDeadLetter afterUnfinishedDelivery(
            Task task, Status status, Subscriptions subscriptions, Optional<Task.Kind> ender) {
        return ender.equals(Optional.of(task.kind()))
                ? new SendRest(status, subscriptions)
                : new Release(Optional.of(status));
    }

    /**
     * The decision for a task whose response finds no place in the quota.
     *
     * @param ended the response if it has ended; need not be read where every delivery of the task was finished
     */
    static TaskDecision beyondQuota(Task task, Optional<ResponseHeader> ended) {
        if (task.unfinishedDeliveries() > 0 && ended.isPresent()) {
            var header = ended.get();
            return afterUnfinishedDelivery(
                    task,
                    header.status(),
                    header.directives().subscriptions(),
                    header.lease().task());
        }
        var isFirstNudge = task.kind() == Task.Kind.NUDGE && task.unfinishedDeliveries() == 0;
        return isFirstNudge ? new Ignore() : new PutBack();
    }

    /** The decision for a task of the dead-letter queue: all its deliveries were unfinished. */
    static OfDeadLetter ofDeadLetter(Task task, Claim claim) {
        return switch (claim) {
            case Claim.Granted(var header) -> new GiveUp(header);
            case Claim.Held _ -> new PutBack();
            case Claim.Ended(var status, var subscriptions, var ender) ->
                afterUnfinishedDelivery(task, status, subscriptions, ender);
            case Claim.Unknown _ -> new Release(Optional.empty());
        };
    }
}
