package dev.rill.load.faults.check;

import dev.rill.load.faults.injection.InjectedFault;
import dev.rill.load.faults.injection.InjectedFault.Excuse;
import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.stack.ModelStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What the protocol allows after the injected faults. A prompt may cost one model call, one more for each refusal that
 * Rill retries ({@link PromptPlan.ModelScript#calls}), and one more for each harm of a worker between two of its calls.
 * Immutable.
 */
public final class Allowance {

    /** The time by which a worker's request may reach the model after the worker was killed or frozen. */
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(1);

    private final List<InjectedFault> faults;

    /**
     * What these faults excuse.
     *
     * @param faults those of all scenarios that ran at the same time
     */
    public Allowance(List<InjectedFault> faults) {
        this.faults = faults.stream()
                .sorted(Comparator.comparing(InjectedFault::from))
                .toList();
    }

    /**
     * The number of model calls that are allowed for one prompt.
     *
     * @param calls the prompt's calls; each one above the script's number must be excused by a fault of its own
     */
    int modelCalls(PromptPlan.ModelScript script, List<ModelStats.Request> calls) {
        var received =
                calls.stream().map(call -> call.times().receivedAt()).sorted().toList();
        var unused = new ArrayList<>(faults.stream()
                .filter(fault -> fault.excuses(Excuse.MODEL_CALL))
                .toList());
        int excused = 0;
        for (int i = 1; i < received.size(); i++) {
            var after = received.get(i - 1).minus(ON_ITS_WAY);
            var before = received.get(i);
            var fault = unused.stream()
                    .filter(one -> !one.to().isBefore(after) && !one.from().isAfter(before))
                    .findFirst();
            if (fault.isPresent()) {
                unused.remove(fault.get());
                excused++;
            }
        }
        return script.calls() + excused;
    }

    /**
     * Whether an event may arrive twice on one connection at that time: a fault before it makes messages come again.
     */
    boolean mayRepeat(Instant when) {
        return faults.stream()
                .anyMatch(fault -> fault.excuses(Excuse.REPEAT) && !fault.from().isAfter(when));
    }

    /** Whether a place in a quota may stay taken until its own time limit. */
    public boolean mayLeavePlaces() {
        return faults.stream().anyMatch(fault -> fault.excuses(Excuse.PLACE));
    }
}
