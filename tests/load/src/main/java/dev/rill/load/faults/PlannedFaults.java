package dev.rill.load.faults;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.load.LoadException;
import java.util.function.Consumer;

/** Faults by the stack's own control, at random and repeatable by the seed. */
record PlannedFaults(Consumer<ObjectNode> plan) implements Trouble {

  @Override
  public Running begin(Site site, long seed, int prompts) throws LoadException, InterruptedException {
    var faults = JsonNodeFactory.instance.objectNode().put("seed", seed);
    plan.accept(faults);
    site.faults().forgetCounts();
    site.faults().set(faults);
    return new Running() {
      private String counted = "";

      @Override
      public void end() throws LoadException, InterruptedException {
        counted = site.faults().counts().strip();
        site.faults().clear();
      }

      @Override
      public String tally() {
        return counted;
      }
    };
  }
}
