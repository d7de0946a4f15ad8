package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link TaskQueue} does. */
public abstract class TaskQueueContract {

    /** The adapter; its queue is empty when a test begins. */
    protected abstract TaskQueue queue();

    /** What a worker receives: waits until this many prompts have come, in whatever order, or fails. */
    protected abstract List<Task> receive(int count);

    /** Asserts that a worker would receive nothing now. */
    protected abstract void assertNothingToReceive();

    @Test
    void deliversEveryPrompt() {
        var prompts = IntStream.range(0, 25)
                .mapToObj(i -> new Task(
                        ResponseIds.of(i),
                        new QuotaKey("group-" + i % 3),
                        i % 2 == 0 ? Task.Kind.ANSWER : Task.Kind.WATCHDOG))
                .toList();

        queue().send(prompts.stream().map(TaskQueueContract::now).toList());

        assertThat(receive(prompts.size())).containsExactlyInAnyOrderElementsOf(prompts);
    }

    @Test
    void sendsNothing() {
        queue().send(List.of());

        assertNothingToReceive();
    }

    @Test
    void holdsBackWhatIsToBeSeenLater() {
        var ask = new Task(ResponseIds.of(1), new QuotaKey("g"), Task.Kind.ANSWER);
        var check = new Task(ResponseIds.of(1), new QuotaKey("g"), Task.Kind.WATCHDOG);

        queue().send(List.of(new DelayedTask(check, Duration.ofMinutes(15)), now(ask)));

        assertThat(receive(1)).containsExactly(ask);
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
    void keepsAnyGroup(String group) {
        assertKept(new QuotaKey(group));
    }

    @Test
    void keepsALongGroup() {
        assertKept(new QuotaKey("s".repeat(2_000)));
    }

    private void assertKept(QuotaKey quotaKey) {
        var task = new Task(ResponseIds.of(1), quotaKey, Task.Kind.ANSWER);

        queue().send(List.of(now(task)));

        assertThat(receive(1)).containsExactly(task);
    }

    private static DelayedTask now(Task task) {
        return new DelayedTask(task, Duration.ZERO);
    }
}
