package dev.rill.load.faults.injection;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.load.faults.stack.Site;
import dev.rill.load.stack.LoadException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/**
 * Faults by the stack's own control, at random and repeatable by the seed.
 *
 * @param kind what they are
 */
public record PlannedFaults(Harm.Kind kind, Consumer<ObjectNode> plan, InstantSource clock) implements Trouble {

    @Override
    public Running begin(Site site, long seed, int prompts) throws LoadException, InterruptedException {
        var faults = JsonNodeFactory.instance.objectNode().put("seed", seed);
        plan.accept(faults);
        site.faults().forgetCounts();
        var begun = clock.instant();
        site.faults().set(faults);
        return new Running() {
            private String counted = "";
            private Instant ended = Instant.MAX;

            @Override
            public void end() throws LoadException, InterruptedException {
                counted = site.faults().counts().strip();
                site.faults().clear();
                ended = clock.instant();
            }

            @Override
            public List<Harm> harms() {
                return List.of(new Harm(kind, begun, ended));
            }

            @Override
            public String tally() {
                return counted;
            }
        };
    }
}
