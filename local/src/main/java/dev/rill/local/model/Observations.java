package dev.rill.local.model;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.local.model.ModelStats.RequestStats;
import dev.rill.local.model.ModelStats.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The newest {@value #KEPT} requests of the model, for tests and benchmarks. Safe for use by many threads. */
final class Observations {

    private static final int KEPT = 10_000;

    private final Deque<Observation> requests = new ArrayDeque<>();

    /** One request. One thread updates it while the request is being answered. */
    final class Observation {
        private final String id;
        private final String prompt;
        private final List<String> earlier;
        private final Instant receivedAt;
        private Optional<Instant> firstByteAt = Optional.empty();
        private Optional<Instant> firstDeltaAt = Optional.empty();
        private Optional<Instant> endedAt = Optional.empty();
        private Optional<Outcome> outcome = Optional.empty();
        private int deltas;

        private Observation(String id, String prompt, List<String> earlier, Instant receivedAt) {
            this.id = id;
            this.prompt = prompt;
            this.earlier = earlier;
            this.receivedAt = receivedAt;
        }

        void sending(Instant now) {
            synchronized (requests) {
                firstByteAt = firstByteAt.or(() -> Optional.of(now));
            }
        }

        void sendingDelta(Instant now) {
            synchronized (requests) {
                firstDeltaAt = firstDeltaAt.or(() -> Optional.of(now));
                deltas++;
                requests.notifyAll();
            }
        }

        void ended(Instant now, Outcome how) {
            synchronized (requests) {
                endedAt = Optional.of(now);
                outcome = Optional.of(how);
                requests.notifyAll();
            }
        }

        private RequestStats snapshot() {
            return new RequestStats(
                    id,
                    prompt,
                    earlier,
                    new Times(receivedAt, firstByteAt, firstDeltaAt, endedAt),
                    outcome.map(Outcome::wire),
                    deltas);
        }
    }

    Observation begin(String id, String prompt, List<String> earlier, Instant now) {
        var observation = new Observation(id, prompt, earlier, now);
        synchronized (requests) {
            if (requests.size() == KEPT) {
                requests.removeFirst();
            }
            requests.addLast(observation);
        }
        return observation;
    }

    void forget() {
        synchronized (requests) {
            requests.removeIf(observation -> observation.endedAt.isPresent());
        }
    }

    /**
     * Waits until the stats satisfy a condition, or until the time is over.
     *
     * @return the stats at that moment
     */
    ModelStats await(Predicate<ModelStats> condition, Duration atMost) throws InterruptedException {
        var until = System.nanoTime() + atMost.toNanos();
        synchronized (requests) {
            var stats = stats();
            for (var left = atMost.toNanos(); left > 0 && !condition.test(stats); left = until - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(requests, left);
                stats = stats();
            }
            return stats;
        }
    }

    ModelStats stats() {
        List<RequestStats> answered;
        synchronized (requests) {
            answered = requests.stream().map(Observation::snapshot).toList();
        }
        return new ModelStats(
                (int) answered.stream()
                        .filter(one -> one.times().endedAt().isEmpty())
                        .count(),
                answered);
    }

    static ObjectNode toJson(ModelStats stats) {
        var json = JsonNodeFactory.instance.objectNode().put("open_streams", stats.openStreams());
        var requests = json.putArray("requests");
        for (var one : stats.requests()) {
            var request = requests.addObject();
            one.earlier().forEach(request.putArray("earlier")::add);
            request.put("id", one.id())
                    .put("prompt", one.prompt())
                    .put("received_at", one.times().receivedAt().toString())
                    .put(
                            "first_byte_at",
                            one.times().firstByteAt().map(Instant::toString).orElse(null))
                    .put(
                            "first_delta_at",
                            one.times().firstDeltaAt().map(Instant::toString).orElse(null))
                    .put(
                            "ended_at",
                            one.times().endedAt().map(Instant::toString).orElse(null))
                    .put("outcome", one.outcome().orElse(null))
                    .put("deltas", one.deltas());
        }
        return json;
    }

    /** How an answer ended. */
    enum Outcome {
        /** All steps were sent. */
        SENT("sent"),
        /** It was answered with a status other than 200. */
        REFUSED("refused"),
        /** The model closed the connection, as the prompt commanded. */
        BROKEN_OFF("broken_off"),
        /** The client disconnected before the end. */
        CLIENT_GONE("client_gone");

        private final String wire;

        Outcome(String wire) {
            this.wire = wire;
        }

        String wire() {
            return wire;
        }
    }
}
