package dev.rill.load.faults.stack;

import dev.rill.load.faults.wire.RillClient;
import dev.rill.load.stack.ModelStats;

/** The clients of one stack's parts. */
public record StackClients(
        RillClient rill,
        FaultControl faults,
        ModelStats model,
        SqsQueues queues,
        ResponsesTable table,
        FunctionProcesses processes) {}
