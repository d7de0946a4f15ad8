package dev.rill.load.bench;

import dev.rill.load.stack.LoadException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures how many of the model's events a second reach a client: through Rill, and from the model itself. Both are
 * asked for the same answers, without pauses between the deltas, by the same client, in turn.
 */
final class EventRate {

    /** 4,000 deltas, as fast as the model can write them: so many that the cost of an answer itself counts little. */
    private static final String PROMPT = "/fast /count 4000";

    /** Answers of a round with few streams; with more streams, each gets one. */
    private static final int ANSWERS = 16;

    private final HttpTransport model;
    private final HttpTransport rill;
    private final int streams;

    /** @param streams answers that are read at the same time */
    EventRate(HttpTransport model, HttpTransport rill, int streams) {
        this.model = model;
        this.rill = rill;
        this.streams = streams;
    }

    /**
     * The same answers from both.
     *
     * @param modelEvents events that the model sent for the answers of this round
     * @param model how long they took from the model itself
     * @param rill how long they took through Rill
     * @param rillEvents events that Rill sent for them, which are fewer since it merges deltas
     */
    record Round(long modelEvents, Duration model, Duration rill, long rillEvents) {}

    private record Answers(long events, Duration took) {}

    /** The URL to which requests to a model are posted, from its base URL. */
    static URI responsesOf(URI model) {
        return URI.create(model.toString().replaceFirst("/+$", "") + "/responses");
    }

    /**
     * Asks, after one round that is not measured. Every second round begins with the other side.
     *
     * @throws LoadException if an answer fails or does not end in time
     */
    List<Round> measure(int rounds) throws LoadException, InterruptedException {
        List<Round> measured = new ArrayList<>(rounds);
        for (int round = -1; round < rounds; round++) {
            boolean modelFirst = round % 2 == 0;
            var first = ask(modelFirst ? model : rill);
            var second = ask(modelFirst ? rill : model);
            var direct = modelFirst ? first : second;
            var through = modelFirst ? second : first;
            if (round >= 0) {
                measured.add(new Round(direct.events(), direct.took(), through.took(), through.events()));
            }
        }
        return measured;
    }

    private Answers ask(HttpTransport transport) throws LoadException, InterruptedException {
        int each = Math.max(1, ANSWERS / streams);
        long begun = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> all = new ArrayList<>(streams);
            for (int i = 0; i < streams; i++) {
                all.add(threads.submit(() -> stream(transport, each)));
            }
            long events = 0;
            for (var one : all) {
                events += one.get();
            }
            return new Answers(events, Duration.ofNanos(System.nanoTime() - begun));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof LoadException failed
                    ? failed
                    : new LoadException(String.valueOf(e.getCause()), e);
        }
    }

    private static long stream(HttpTransport transport, int answers) throws LoadException, InterruptedException {
        long events = 0;
        for (int i = 0; i < answers; i++) {
            events += transport.ask(PROMPT).messages();
        }
        return events;
    }
}
