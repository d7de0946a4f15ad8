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

    /** Free the place of the response in the quota: it has ended, or it does not exist. */
    record Release() implements OfDeadLetter {}

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
            case Claim.Held(var _, var execution) -> isGuardedWithout(task, execution) ? new Ignore() : new PutBack();
            case Claim.Ended(var status, var subscriptions) ->
                task.unfinishedDeliveries() > 0 ? new SendRest(status, subscriptions) : new Release();
            case Claim.Unknown _ -> new Release();
        };
    }

    /**
     * Whether the response is answered even if this task is gone and the attempt that holds the lease crashes. A worker
     * that holds the lease has a task of its own, which is delivered again; but that may be this one, if an earlier
     * delivery of it was not finished. An inline answer has only its watchdog.
     */
    private static boolean isGuardedWithout(Task task, Execution execution) {
        if (task.unfinishedDeliveries() > 0) {
            return false;
        }
        return switch (task.kind()) {
            case ANSWER -> false;
            case WATCHDOG -> execution == Execution.QUEUED;
            case NUDGE -> true;
        };
    }

    /**
     * The decision for a task whose response finds no place in the quota.
     *
     * @param ended the response if it has ended; need not be read where every delivery of the task was finished
     */
    static TaskDecision beyondQuota(Task task, Optional<ResponseHeader> ended) {
        if (task.unfinishedDeliveries() > 0 && ended.isPresent()) {
            var header = ended.get();
            return new SendRest(header.status(), header.directives().subscriptions());
        }
        var isFirstNudge = task.kind() == Task.Kind.NUDGE && task.unfinishedDeliveries() == 0;
        return isFirstNudge ? new Ignore() : new PutBack();
    }

    /** The decision for a task of the dead-letter queue: all its deliveries were unfinished. */
    static OfDeadLetter ofDeadLetter(Claim claim) {
        return switch (claim) {
            case Claim.Granted(var header) -> new GiveUp(header);
            case Claim.Held _ -> new PutBack();
            case Claim.Ended(var status, var subscriptions) -> new SendRest(status, subscriptions);
            case Claim.Unknown _ -> new Release();
        };
    }
}
