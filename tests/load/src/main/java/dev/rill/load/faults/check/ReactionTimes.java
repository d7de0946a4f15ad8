package dev.rill.load.faults.check;

import dev.rill.load.faults.client.EventTracker;
import dev.rill.load.faults.client.PromptOutcome;
import dev.rill.load.faults.injection.InjectedFault;
import dev.rill.load.stack.ModelStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Times that two sides tell together: the clients, and the simulated model by its notes. Both on one machine's clock.
 */
public final class ReactionTimes {

    /** The model notices by its next write that a worker has gone. */
    private static final Duration NOTICED = Duration.ofMillis(1500);

    /** What a killed worker had posted before is here by then; nobody can take its lease so soon. */
    private static final Duration ON_ITS_WAY = Duration.ofMillis(500);

    private ReactionTimes() {}

    /** From the sending of each stop until the model's stream was closed; of those whose stream was still open. */
    public static List<Duration> stops(List<PromptOutcome> answers, List<ModelStats.Request> asked) {
        var byPrompt = byPrompt(asked);
        var times = new ArrayList<Duration>();
        for (var answer : answers) {
            answer.stoppedAt()
                    .ifPresent(stoppedAt -> requests(answer, byPrompt).stream()
                            .filter(ModelStats.Request::isClientGone)
                            .flatMap(request -> request.endedAt().stream())
                            .max(Instant::compareTo)
                            .ifPresent(end -> times.add(Duration.between(stoppedAt, end))));
        }
        return times;
    }

    /** From each kill until the next event of each answer that was on that worker. */
    public static List<Duration> crashes(
            List<PromptOutcome> answers, List<InjectedFault> faults, List<ModelStats.Request> asked) {
        var kills = faults.stream()
                .filter(fault -> fault.kind() == InjectedFault.Kind.WORKER_KILLED)
                .map(InjectedFault::from)
                .toList();
        var byPrompt = byPrompt(asked);
        var times = new ArrayList<Duration>();
        for (var answer : answers) {
            for (var request : requests(answer, byPrompt)) {
                if (request.isClientGone()) {
                    request.endedAt()
                            .flatMap(goneAt -> kills.stream()
                                    .filter(kill -> !kill.isAfter(goneAt) && goneAt.isBefore(kill.plus(NOTICED)))
                                    .max(Instant::compareTo))
                            .ifPresent(kill -> answer.arrivals().stream()
                                    .map(EventTracker.Arrival::at)
                                    .filter(at -> at.isAfter(kill.plus(ON_ITS_WAY)))
                                    .findFirst()
                                    .ifPresent(at -> times.add(Duration.between(kill, at))));
                }
            }
        }
        return times;
    }

    private static Map<String, List<ModelStats.Request>> byPrompt(List<ModelStats.Request> asked) {
        return asked.stream().collect(Collectors.groupingBy(ModelStats.Request::prompt));
    }

    private static List<ModelStats.Request> requests(
            PromptOutcome answer, Map<String, List<ModelStats.Request>> byPrompt) {
        return byPrompt.getOrDefault(answer.plan().tag(), List.of());
    }
}
