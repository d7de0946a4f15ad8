package dev.rill.load.faults.check;

import dev.rill.load.stack.ModelStats;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Requests to the model as its statistics show them, without the times of the first byte and the first delta. */
final class ModelCalls {

    private ModelCalls() {}

    static ModelStats.Request call(
            String prompt, List<String> earlier, Instant receivedAt, Optional<Instant> endedAt, String outcome) {
        return new ModelStats.Request(
                prompt,
                earlier,
                new ModelStats.Times(receivedAt, Optional.empty(), Optional.empty(), endedAt),
                outcome,
                0);
    }
}
