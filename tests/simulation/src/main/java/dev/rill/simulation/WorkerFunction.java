package dev.rill.simulation;

import dev.rill.chat.Answerer;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
import dev.rill.chat.simulation.Fault;
import dev.rill.chat.simulation.PortException;
import dev.rill.chat.simulation.SimulatedProcess;
import dev.rill.chat.simulation.SimulatedQueue.Message;
import dev.rill.chat.simulation.SimulatedSockets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** As {@code worker-fn} does it: a process for each message of the queue, which keeps it hidden while it answers. */
final class WorkerFunction {

    private static final Duration RETRY_DELAY = Duration.ofSeconds(5);
    private static final Duration HIDDEN_FOR = Duration.ofSeconds(16);
    private static final Duration HIDE_INTERVAL = Duration.ofSeconds(4);
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private final World world;
    private int running;

    WorkerFunction(World world) {
        this.world = world;
    }

    /** Receives messages for ever. */
    void poll() {
        try {
            while (true) {
                var message = world.queue.receive();
                var process = world.newProcess("worker", Fault.WORKER_KILLED, Fault.WORKER_FROZEN);
                running++;
                world.onDeath(process, () -> running--);
                world.time.after(World.FUNCTION_TIMEOUT, () -> world.timeOut(process));
                var deadline = process.instant().plus(World.FUNCTION_TIMEOUT).minus(MARGIN);
                var _ = process.start("handler", () -> handle(message, process, deadline));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether no invocation is under way. */
    boolean isIdle() {
        return running == 0;
    }

    private void handle(Message message, SimulatedProcess process, Instant deadline) {
        world.story.tell("receives %s, delivery %d", message, message.receives());
        var heartbeat = process.start("heartbeat", () -> keepHidden(message, process));
        Optional<Duration> again;
        try {
            again = world.queue.isDead(message) ? giveUp(message, process) : answer(message, process, deadline);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            again = Optional.of(RETRY_DELAY);
        } catch (PortException e) {
            world.story.tell("fails: %s", e);
            again = Optional.of(RETRY_DELAY.multipliedBy((long) message.receives() * message.receives()));
        }
        heartbeat.interrupt();
        try {
            heartbeat.join();
            if (again.isEmpty()) {
                process.sleep(world.chaos.millis(1, 10));
                world.queue.delete(message);
                world.story.tell("is done with %s", message);
            } else {
                world.queue.hide(message, again.get(), process);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (PortException e) {
            world.story.tell("fails: %s", e);
        }
        // Its environment is used again, or is not: nothing of it is left either way.
        world.kill(process);
    }

    private Optional<Duration> answer(Message message, SimulatedProcess process, Instant deadline)
            throws InterruptedException {
        process.sleep(world.chaos.millis(1, 300));
        var sockets = new SimulatedSockets(world.gateway, process, world.story, world.observations);
        var outcome = world.chat(process)
                .answer(task(message), deadline, world.model.of(process), sockets, world.queue.of(process));
        return switch (outcome) {
            case DONE -> {
                requireNoPlace(message, process);
                yield Optional.empty();
            }
            case LATER -> putBack(message, process);
            case LOST -> Optional.of(HIDDEN_FOR);
        };
    }

    /** The place of a response that has ended is free when its worker is done. */
    private void requireNoPlace(Message message, SimulatedProcess process) {
        var id = message.task().responseId();
        boolean ended =
                world.log.find(id).filter(header -> header.status().ended()).isPresent();
        if (ended && running == 1 && world.chaos.total() == 0 && world.quota.hasPlace(id)) {
            world.observations.onBroken(process.name() + " is done with " + id + ", which keeps its place");
        }
    }

    private Optional<Duration> giveUp(Message message, SimulatedProcess process) throws InterruptedException {
        var sockets = new SimulatedSockets(world.gateway, process, world.story, world.observations);
        return switch (world.chat(process).giveUp(task(message), sockets, world.queue.of(process))) {
            case FAILED, ENDED -> Optional.empty();
            case LATER -> putBack(message, process);
        };
    }

    private static Task task(Message message) {
        return message.task().received(message.receives());
    }

    private Optional<Duration> putBack(Message message, SimulatedProcess process) {
        world.queue.of(process).send(List.of(new DelayedTask(task(message), Answerer.PUT_BACK_DELAY)));
        return Optional.empty();
    }

    private void keepHidden(Message message, SimulatedProcess process) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    world.queue.hide(message, HIDDEN_FOR, process);
                } catch (PortException e) {
                    world.story.tell("fails: %s", e);
                }
                process.sleep(HIDE_INTERVAL);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
