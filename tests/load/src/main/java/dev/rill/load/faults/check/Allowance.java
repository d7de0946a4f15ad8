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
 * What the protocol allows after what was done to the stack. A prompt may cost one call of the model, one more for each
 * refusal that may be asked again ({@link PromptPlan.ModelScript#calls}), and one more for each harm of a worker
 * between two of its calls. Immutable.
 */
public final class Allowance {

    /** What a worker sent before it was harmed may reach the model after. */
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
     * How often the model may have been asked for one prompt.
     *
     * @param calls its calls, of which each more than the fate's has to be excused by a harm of its own
     */
    int modelCalls(PromptPlan.ModelScript fate, List<ModelStats.Request> calls) {
        var received =
                calls.stream().map(ModelStats.Request::receivedAt).sorted().toList();
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
        return fate.calls() + excused;
    }

    /**
     * Whether an event may come twice on a healthy socket then: something was done before that makes messages come
     * again.
     */
    boolean mayRepeat(Instant when) {
        return faults.stream()
                .anyMatch(fault -> fault.excuses(Excuse.REPEAT) && !fault.from().isAfter(when));
    }

    /** Whether a place may be left until its time is over. */
    public boolean mayLeavePlaces() {
        return faults.stream().anyMatch(fault -> fault.excuses(Excuse.PLACE));
    }
}
