package dev.rill.load.faults;

/** The stack that is to go wrong, and all that it can be reached by. */
record Site(Answers rill, FaultControl faults, Model model, Queues queues, Tables tables, Processes processes) {}
