package dev.rill.load.faults.stack;

import dev.rill.load.faults.wire.Answers;
import dev.rill.load.stack.ModelStats;

/** The stack that is to go wrong, and all that it can be reached by. */
public record Site(
        Answers rill, FaultControl faults, ModelStats model, Queues queues, Tables tables, Processes processes) {}
