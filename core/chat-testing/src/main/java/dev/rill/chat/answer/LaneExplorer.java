package dev.rill.chat.answer;

import dev.rill.chat.answer.LaneWalk.Action;
import dev.rill.chat.answer.LaneWalk.Purpose;
import dev.rill.chat.answer.LaneWalk.Turn;
import dev.rill.chat.log.AcceptedRequest;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.Lane;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.Owner;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import dev.rill.chat.socket.Subject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@link LaneWalk} through every order in which functions that accept, answer and cancel the responses of one lane
 * can act, up to a number of steps. Each request may also take effect without an answer, or fail, and its function dies
 * then. After each order the lane is continued without a fault: every accepted response must end, and no response may
 * be answered before all that were accepted earlier have ended.
 */
public final class LaneExplorer {

    private static final LaneId LANE = new LaneId(new ConnectionId("c"), new StreamId("s"));
    private static final Instant EXPIRY = Instant.parse("2026-12-01T00:00:00Z");

    /** Steps after which a lane that is continued without a fault must be at rest. */
    private static final int MAX_REST = 2_000;

    private final int responses;
    private final int maxSteps;
    private final Set<String> seen = new HashSet<>();

    private LaneExplorer(int responses, int maxSteps) {
        this.responses = responses;
        this.maxSteps = maxSteps;
    }

    /**
     * Explores.
     *
     * @param responses how many are accepted, at most
     * @param steps the length of an order, at most
     * @return how many different states were reached
     * @throws AssertionError for the first order that breaks a promise
     */
    public static int explore(int responses, int steps) {
        var explorer = new LaneExplorer(responses, steps);
        explorer.from(List.of());
        return explorer.seen.size();
    }

    private void from(List<Integer> choices) {
        var state = replay(choices);
        if (!seen.add(state.describe())) {
            return;
        }
        int options = state.options().size();
        replay(choices).rest(List::getFirst);
        // Tasks of responses that wait are received, and dropped, before those of the first one.
        replay(choices).rest(List::getLast);
        if (choices.size() == maxSteps) {
            return;
        }
        for (int i = 0; i < options; i++) {
            var longer = new ArrayList<>(choices);
            longer.add(i);
            from(longer);
        }
    }

    private State replay(List<Integer> choices) {
        var state = new State(responses);
        for (int choice : choices) {
            var option = state.options().get(choice);
            state.told.add(option.name());
            option.step().run();
        }
        return state;
    }

    @FunctionalInterface
    private interface QueueOrder {
        ResponseId next(List<ResponseId> queue);
    }

    private record Option(String name, Runnable step) {}

    private enum Answer {
        OK,
        /** The request takes effect, and the function dies before it is told. */
        LOST,
        /** The request fails, and the function dies. */
        FAILED
    }

    /** What a function does that has no message of the queue: it accepts a response, or cancels one. */
    private enum Role {
        ACCEPT,
        WORK,
        CANCEL
    }

    /** One invocation of a function. */
    private static final class Function {
        private final Role role;
        private final ResponseId id;
        private @Nullable LaneWalk walk;
        private @Nullable Lane laneRead;
        private boolean answering;
        private boolean created;
        private boolean first;

        Function(Role role, ResponseId id) {
            this.role = role;
            this.id = id;
        }

        @Override
        public String toString() {
            return role + " " + id + " " + walk + " " + laneRead + " " + answering + created + first;
        }
    }

    private static final class State {
        private final int responses;
        private Lane lane = Lane.unused(LANE);
        private final Map<ResponseId, Boolean> ended = new LinkedHashMap<>();
        private final List<ResponseId> queue = new ArrayList<>();
        private final List<Function> functions = new ArrayList<>();
        private final List<String> told = new ArrayList<>();
        private int begun;
        private int cancels;

        State(int responses) {
            this.responses = responses;
        }

        String describe() {
            return lane + " " + ended + " "
                    + queue.stream().sorted(this::compare).toList() + " " + functions + " " + begun + " " + cancels;
        }

        private int compare(ResponseId one, ResponseId other) {
            return one.value().compareTo(other.value());
        }

        List<Option> options() {
            var options = new ArrayList<Option>();
            if (begun < responses) {
                options.add(new Option("a function accepts", this::accept));
            }
            for (var id : new HashSet<>(queue).stream().sorted(this::compare).toList()) {
                if (functions.stream().noneMatch(it -> it.role == Role.WORK && it.id.equals(id))) {
                    options.add(new Option("a worker receives " + id, () -> receive(id)));
                }
            }
            ended.forEach((id, over) -> {
                if (!over && cancels < 1 && functions.stream().noneMatch(it -> it.answering && it.id.equals(id))) {
                    options.add(new Option(id + " is cancelled", () -> cancel(id)));
                }
            });
            for (var function : List.copyOf(functions)) {
                for (var answer : Answer.values()) {
                    options.add(new Option(
                            function.role + " " + function.id + " goes on: " + answer, () -> step(function, answer)));
                }
            }
            return options;
        }

        /** The watchdog is queued before the response is created, and here may be received before that. */
        private void accept() {
            var id = ResponseIds.of(++begun);
            queue.add(id);
            functions.add(new Function(Role.ACCEPT, id));
        }

        private void receive(ResponseId id) {
            queue.remove(id);
            var worker = new Function(Role.WORK, id);
            worker.walk = new LaneWalk(id, Purpose.TURN);
            functions.add(worker);
        }

        private void cancel(ResponseId id) {
            cancels++;
            ended.put(id, true);
            var canceller = new Function(Role.CANCEL, id);
            canceller.walk = new LaneWalk(id, Purpose.HAND_ON);
            functions.add(canceller);
        }

        private void step(Function function, Answer answer) {
            switch (function.role) {
                case ACCEPT -> stepOfAcceptance(function, answer);
                case WORK, CANCEL -> stepOfWalk(function, answer);
            }
            if (answer != Answer.OK) {
                die(function);
            }
        }

        private void die(Function function) {
            if (functions.remove(function) && function.role == Role.WORK) {
                // The queue delivers its message again.
                queue.add(function.id);
            }
        }

        private void done(Function function) {
            functions.remove(function);
        }

        private void stepOfAcceptance(Function function, Answer answer) {
            if (function.created) {
                if (answer != Answer.FAILED && function.first) {
                    queue.add(function.id);
                }
                done(function);
                return;
            }
            var read = function.laneRead;
            if (read == null) {
                function.laneRead = lane;
                return;
            }
            if (answer == Answer.FAILED) {
                return;
            }
            var longer = read.with(function.id, EXPIRY);
            if (longer.version() != lane.version() + 1) {
                function.laneRead = null;
                return;
            }
            lane = longer;
            ended.put(function.id, false);
            // A watchdog that was received before this is no guard: its function would have been frozen for 24 s.
            queue.add(function.id);
            function.created = true;
            function.first = longer.isFirst(function.id);
            if (!function.first) {
                done(function);
            }
        }

        private void stepOfWalk(Function function, Answer answer) {
            if (function.answering) {
                if (answer != Answer.FAILED) {
                    ended.put(function.id, true);
                }
                function.answering = false;
                function.walk = new LaneWalk(function.id, Purpose.HAND_ON);
                return;
            }
            var walk = Objects.requireNonNull(function.walk);
            switch (walk.next()) {
                case Action.Read() -> walk.onLane(lane);
                case Action.Find(var id) -> walk.onFound(header(id));
                case Action.Enqueue(var header) -> {
                    if (answer != Answer.FAILED) {
                        queue.add(header.id());
                        queue.add(header.id());
                    }
                    walk.onEnqueued(header);
                }
                case Action.Replace(var next) -> {
                    var fits = next.version() == lane.version() + 1;
                    if (answer != Answer.FAILED && fits) {
                        lane = next;
                    }
                    walk.onReplaced(next, fits);
                }
                case Action.Stop(var turn) -> stop(function, turn);
            }
        }

        private void stop(Function function, Turn turn) {
            var over = ended.get(function.id);
            if (function.role == Role.WORK && turn == Turn.COME && over != null && !over) {
                begin(function);
            } else if (function.role == Role.WORK && turn == Turn.COME && over != null && lane.contains(function.id)) {
                function.walk = new LaneWalk(function.id, Purpose.HAND_ON);
            } else {
                done(function);
            }
        }

        private void begin(Function function) {
            if (functions.stream().anyMatch(it -> it.answering && it.id.equals(function.id))) {
                // The lease is held: the message is put back.
                done(function);
                queue.add(function.id);
                return;
            }
            for (var earlier : ended.entrySet()) {
                if (earlier.getKey().equals(function.id)) {
                    break;
                }
                if (!earlier.getValue()) {
                    throw new AssertionError(
                            function.id + " is answered before the end of " + earlier.getKey() + ": " + told);
                }
            }
            function.answering = true;
        }

        /**
         * Lets everything go on without a fault, and checks that it ends.
         *
         * @param order which message of the queue is received next
         */
        void rest(QueueOrder order) {
            for (int steps = 0; !functions.isEmpty() || !queue.isEmpty(); steps++) {
                if (steps > MAX_REST) {
                    throw new AssertionError("the lane does not come to rest: " + told + ", " + describe());
                }
                if (functions.isEmpty()) {
                    receive(order.next(queue));
                } else {
                    step(functions.get(steps % functions.size()), Answer.OK);
                }
            }
            ended.forEach((id, over) -> {
                if (!over) {
                    throw new AssertionError(id + " waits for ever: " + told + ", " + describe());
                }
            });
        }

        private Optional<ResponseHeader> header(ResponseId id) {
            return Optional.ofNullable(ended.get(id))
                    .map(over -> new ResponseHeader(
                            id,
                            new Owner(
                                    Subject.ANONYMOUS,
                                    new QuotaKey("g"),
                                    Optional.of(LANE.connection()),
                                    Optional.of(LANE.stream())),
                            new AcceptedRequest(Json.object(), Execution.QUEUED, Instant.EPOCH, EXPIRY),
                            new Progress(over ? Status.COMPLETED : Status.QUEUED, Lease.unclaimed(1), 1),
                            Directives.of(Subscriptions.none()),
                            ConversationSize.ZERO));
        }
    }
}
