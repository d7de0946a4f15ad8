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

/** Times between an event at a client and one at the simulated model, which share one machine's clock. */
public final class ReactionTimes {

    /** The model notices the death of a worker by its next write, within this time. */
    private static final Duration NOTICED = Duration.ofMillis(1500);

    /** Events that a killed worker had posted arrive within this time; no other worker can take its lease so soon. */
    private static final Duration ON_ITS_WAY = Duration.ofMillis(500);

    private ReactionTimes() {}

    /** The time from each cancel to the end of the model's stream, for streams that were still open. */
    public static List<Duration> stops(List<PromptOutcome> answers, List<ModelStats.Request> asked) {
        var byPrompt = byPrompt(asked);
        var times = new ArrayList<Duration>();
        for (var answer : answers) {
            answer.session()
                    .stoppedAt()
                    .ifPresent(stoppedAt -> requests(answer, byPrompt).stream()
                            .filter(ModelStats.Request::isClientGone)
                            .flatMap(request -> request.times().endedAt().stream())
                            .max(Instant::compareTo)
                            .ifPresent(end -> times.add(Duration.between(stoppedAt, end))));
        }
        return times;
    }

    /** The time from each kill to the next event of each answer of that worker. */
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
                    request.times()
                            .endedAt()
                            .flatMap(goneAt -> kills.stream()
                                    .filter(kill -> !kill.isAfter(goneAt) && goneAt.isBefore(kill.plus(NOTICED)))
                                    .max(Instant::compareTo))
                            .ifPresent(kill -> answer.received().arrivals().stream()
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
