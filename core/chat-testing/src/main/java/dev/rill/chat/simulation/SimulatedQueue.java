package dev.rill.chat.simulation;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.simulation.Outside.Faults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A queue like SQS: at least once, in no order, each message hidden for a time when it is received, and moved to a
 * dead-letter queue when it was received too often.
 */
public final class SimulatedQueue {

    private static final Faults FAULTS = new Faults(Fault.QUEUE_REFUSES, Fault.QUEUE_ANSWER_LOST, Fault.QUEUE_TIMEOUT);

    private final SimulatedTime time;
    private final Chaos chaos;
    private final Story story;
    private final Bounds bounds;
    private final List<Message> messages = new ArrayList<>();
    private final List<Message> dead = new ArrayList<>();
    private final Mailbox<Boolean> changed;
    private final Set<ResponseId> watched = new HashSet<>();
    private int sent;

    /**
     * As the template sets them.
     *
     * @param visibility how long a message is hidden when it is received
     * @param maxReceives how often it is received before it is dead
     */
    public record Bounds(Duration visibility, int maxReceives) {}

    /** A message of the queue. */
    public static final class Message {
        private final int id;
        private final Task task;
        private long visibleAt;
        private int receives;

        Message(int id, Task task, long visibleAt) {
            this.id = id;
            this.task = task;
            this.visibleAt = visibleAt;
        }

        public Task task() {
            return task;
        }

        /** How often it has been received, the last time included. */
        public int receives() {
            return receives;
        }

        @Override
        public String toString() {
            return "message " + id + " (" + task.kind() + " " + task.responseId() + ")";
        }
    }

    public SimulatedQueue(SimulatedTime time, Chaos chaos, Story story, Bounds bounds) {
        this.time = time;
        this.chaos = chaos;
        this.story = story;
        this.bounds = bounds;
        this.changed = new Mailbox<>(time, "a message of the queue");
    }

    /** The queue as one process sends to it. */
    public TaskQueue of(SimulatedProcess process) {
        var outside = new Outside(process, chaos, story);
        return tasks -> {
            var _ = outside.call("send to the queue", FAULTS, () -> {
                tasks.forEach(this::add);
                return true;
            });
        };
    }

    private void add(TaskQueue.DelayedTask delayed) {
        var late = chaos.strikes(Fault.QUEUE_LATE, "queue") ? chaos.millis(1_000, 90_000) : chaos.millis(1, 60);
        var message = new Message(
                sent++, delayed.task(), time.deadline(delayed.delay().plus(late)));
        story.tell(
                "queues %s, seen after %d ms",
                message, delayed.delay().plus(late).toMillis());
        messages.add(message);
        watched.add(message.task.responseId());
        changed.put(true, Duration.ZERO);
    }

    /** Whether it was ever sent a message about this response. */
    public boolean hasHeardOf(ResponseId id) {
        return watched.contains(id);
    }

    /** Waits for a message that can be seen, and hides it. Dead ones come too, see {@link #isDead}. */
    public Message receive() throws InterruptedException {
        while (true) {
            var visible = messages.stream()
                    .filter(message -> message.visibleAt <= time.nanos())
                    .toList();
            if (!visible.isEmpty()) {
                var message = hidden(visible.get(chaos.below(visible.size())));
                if (chaos.strikes(throttle(message.task.kind()), "queue")) {
                    continue;
                }
                return message;
            }
            long next = messages.stream()
                    .mapToLong(message -> message.visibleAt)
                    .min()
                    .orElse(time.nanos() + Duration.ofHours(1).toNanos());
            var _ = changed.take(Duration.ofNanos(next - time.nanos()));
        }
    }

    private static Fault throttle(Task.Kind kind) {
        return kind == Task.Kind.NUDGE ? Fault.NUDGE_THROTTLED : Fault.QUEUE_THROTTLED;
    }

    private Message hidden(Message message) {
        if (message.receives >= bounds.maxReceives && !dead.contains(message)) {
            story.tellOf("queue", "%s is dead", message);
            dead.add(message);
            message.receives = 0;
        }
        message.receives++;
        message.visibleAt = time.deadline(bounds.visibility);
        if (chaos.strikes(Fault.QUEUE_DUPLICATE, "queue")) {
            var copy = new Message(message.id, message.task, time.deadline(chaos.millis(0, 15_000)));
            copy.receives = message.receives;
            messages.add(copy);
        }
        return message;
    }

    /** Received so often in vain that it is to be given up. */
    public boolean isDead(Message message) {
        return dead.contains(message);
    }

    /** Hides a message from now on for a time. */
    public void hide(Message message, Duration duration, SimulatedProcess process) {
        var outside = new Outside(process, chaos, story);
        outside.travel(chaos.millis(1, 8), "hide");
        if (chaos.strikes(Fault.HIDING_FAILS, process.name())) {
            throw new PortException("the visibility of " + message + " could not be set");
        }
        message.visibleAt = time.deadline(duration);
        changed.put(true, Duration.ZERO);
    }

    public void delete(Message message) {
        messages.remove(message);
    }

    /** How many messages there are, those that are hidden or delayed included. */
    public int size() {
        return messages.size();
    }
}
