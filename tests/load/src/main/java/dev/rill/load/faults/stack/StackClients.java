package dev.rill.load.faults.stack;

import dev.rill.load.faults.wire.RillClient;
import dev.rill.load.stack.ModelStats;

/** The stack that is to go wrong, and all that it can be reached by. */
public record StackClients(
        RillClient rill,
        FaultControl faults,
        ModelStats model,
        SqsQueues queues,
        ResponsesTable table,
        FunctionProcesses processes) {}
