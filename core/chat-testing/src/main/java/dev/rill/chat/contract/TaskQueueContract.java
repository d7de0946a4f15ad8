package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of {@link TaskQueue}. */
public abstract class TaskQueueContract {

    /** Returns the adapter. Its queue is empty when a test begins. */
    protected abstract TaskQueue queue();

    /** Receives tasks as a worker does: blocks until {@code count} tasks have come, in any order, or fails. */
    protected abstract List<Task> receive(int count);

    /** Asserts that a worker would receive no task now. */
    protected abstract void assertNothingToReceive();

    @Test
    void everyTaskIsDelivered() {
        var tasks = IntStream.range(0, 25)
                .mapToObj(i -> new Task(
                        ResponseIds.of(i),
                        new QuotaKey("key-" + i % 3),
                        i % 2 == 0 ? Task.Kind.ANSWER : Task.Kind.WATCHDOG))
                .toList();

        queue().send(tasks.stream().map(TaskQueueContract::now).toList());

        assertThat(receive(tasks.size())).containsExactlyInAnyOrderElementsOf(tasks);
    }

    @Test
    void laneOfATaskIsDelivered() {
        var lane = new LaneId(new ConnectionId("c="), new StreamId(" ünï \"1\""));
        var task = new Task(ResponseIds.of(1), new QuotaKey("g"), Task.Kind.ANSWER, 3, 2, Optional.of(lane));

        queue().send(List.of(now(task)));

        assertThat(receive(1)).containsExactly(task);
    }

    @Test
    void emptyListSendsNothing() {
        queue().send(List.of());

        assertNothingToReceive();
    }

    @Test
    void delayedTaskIsNotDeliveredYet() {
        var answerTask = new Task(ResponseIds.of(1), new QuotaKey("g"), Task.Kind.ANSWER);
        var watchdogTask = new Task(ResponseIds.of(1), new QuotaKey("g"), Task.Kind.WATCHDOG);

        queue().send(List.of(new DelayedTask(watchdogTask, Duration.ofMinutes(15)), now(answerTask)));

        assertThat(receive(1)).containsExactly(answerTask);
        assertNothingToReceive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "anonymous",
                "auth0|5f7c8ec7c33c6c004bbafe82",
                "zoë 😀 \"quoted\" \\ \u0001",
                "a\nb\tc",
                "#",
                "\uffff"
            })
    void anyQuotaKeyIsDelivered(String value) {
        assertDelivered(new QuotaKey(value));
    }

    @Test
    void longQuotaKeyIsDelivered() {
        assertDelivered(new QuotaKey("s".repeat(2_000)));
    }

    @Test
    void unfinishedDeliveriesAreKept() {
        assertDelivered(new Task(ResponseIds.of(1), new QuotaKey("k"), Task.Kind.WATCHDOG).received(3));
    }

    @Test
    void runningLimitIsKept() {
        assertDelivered(new Task(ResponseIds.of(1), new QuotaKey("k"), Task.Kind.ANSWER, 5_000_000_000L).received(2));
    }

    private void assertDelivered(QuotaKey quotaKey) {
        assertDelivered(new Task(ResponseIds.of(1), quotaKey, Task.Kind.ANSWER));
    }

    private void assertDelivered(Task task) {
        queue().send(List.of(now(task)));

        assertThat(receive(1)).containsExactly(task);
    }

    private static DelayedTask now(Task task) {
        return new DelayedTask(task, Duration.ZERO);
    }
}
