package dev.rill.load.faults;

import dev.rill.load.ModelStats;

/** The stack that is to go wrong, and all that it can be reached by. */
record Site(Answers rill, FaultControl faults, ModelStats model, Queues queues, Tables tables, Processes processes) {}
