package dev.rill.chat.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.contract.TaskQueueContract;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import java.util.List;
import java.util.stream.Stream;

class InMemoryTaskQueueTest extends TaskQueueContract {

    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();

    @Override
    protected TaskQueue queue() {
        return queue;
    }

    @Override
    protected List<Task> receive(int count) {
        return Stream.generate(() -> queue.poll().orElseThrow()).limit(count).toList();
    }

    @Override
    protected void assertNothingToReceive() {
        assertThat(queue.poll()).isEmpty();
    }
}
