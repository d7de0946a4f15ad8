package dev.rill.load.faults.injection;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.load.faults.stack.StackClients;
import dev.rill.load.stack.LoadException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/**
 * Faults by the stack's fault control: random, and repeatable by the seed.
 *
 * @param kind what is injected
 * @param plan writes the plan's JSON
 */
public record ServiceFaults(InjectedFault.Kind kind, Consumer<ObjectNode> plan, InstantSource clock)
        implements FaultInjection {

    @Override
    public ActiveFault begin(StackClients site, long seed, int prompts) throws LoadException, InterruptedException {
        var faults = JsonNodeFactory.instance.objectNode().put("seed", seed);
        plan.accept(faults);
        site.faults().forgetCounts();
        var begun = clock.instant();
        site.faults().set(faults);
        return new ActiveFault() {
            private String counted = "";
            private Instant ended = Instant.MAX;

            @Override
            public void end() throws LoadException, InterruptedException {
                counted = site.faults().counts().strip();
                site.faults().clear();
                ended = clock.instant();
            }

            @Override
            public List<InjectedFault> injected() {
                return List.of(new InjectedFault(kind, begun, ended));
            }

            @Override
            public String tally() {
                return counted;
            }
        };
    }
}
