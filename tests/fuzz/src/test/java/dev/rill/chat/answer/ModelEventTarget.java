package dev.rill.chat.answer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import java.time.Duration;
import java.time.Instant;

/** Events of a model, a line each, as the flow takes them: merged, gathered into an output, numbered. */
public final class ModelEventTarget implements FuzzTarget {

    @Override
    public void test(byte[] input) {
        var merger = new DeltaMerger(Duration.ZERO);
        var accumulator = new OutputAccumulator();
        try {
            for (var line : new String(input, UTF_8).split("\n", -1)) {
                var event = Json.findObjectFromModel(line)
                        .filter(it -> !it.path("type").asText().isBlank());
                if (event.isPresent()) {
                    offer(new ModelEvent(event.get().path("type").asText(), event.get()), merger);
                }
            }
            for (long number = 0; merger.size() > 0; number++) {
                var event = merger.take(Instant.EPOCH);
                accumulator.accumulate(event.type(), event.payload());
                check(Event.numbered(number, event.type(), event.payload()), number);
            }
        } catch (ModelException e) {
            Checks.requireQuotesNothing(e);
        }
        var output = Json.object();
        output.set("output", accumulator.output());
        Checks.require(Json.findObject(Json.write(output)).isPresent(), "the output is not read back");
    }

    private static void offer(ModelEvent event, DeltaMerger merger) throws ModelException {
        switch (EventKind.of(event)) {
            case OUTPUT, TERMINAL -> merger.offer(event);
            case IGNORED -> {}
        }
    }

    private static void check(Event event, long number) {
        Checks.requireUtf8(event.json());
        var read = Json.findObject(event.json());
        Checks.require(read.isPresent(), "an event is not read back");
        Checks.require(
                read.get().path("sequence_number").asLong() == number
                        && read.get().path("type").asText().equals(event.type()),
                "an event has lost its number or type");
    }
}
