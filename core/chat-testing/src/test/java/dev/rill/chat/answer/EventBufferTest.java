package dev.rill.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.simulation.SimulatedCall;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(10)
class EventBufferTest {

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final EventBuffer buffer = new EventBuffer(new DeltaMerger(Duration.ZERO), time);

    @Test
    void takeIsEmptyAtItsDeadline() throws Exception {
        assertThat(buffer.take(Instant.EPOCH)).isEmpty();
    }

    @Test
    void bufferedEventIsTakenAfterTheDeadline() throws Exception {
        buffer.put(event(1));
        assertThat(buffer.take(Instant.EPOCH)).isPresent();
    }

    @Test
    void fullBufferBlocksPutUntilAnEventIsTaken() throws Exception {
        var put = new AtomicInteger();
        var reader = SimulatedCall.start(time, "reader", () -> {
            for (int i = 0; i <= EventBuffer.CAPACITY; i++) {
                buffer.put(event(i));
                put.incrementAndGet();
            }
            return put.get();
        });
        time.awaitIdle();
        assertThat(put).hasValue(EventBuffer.CAPACITY);
        assertThat(buffer.take(Instant.MAX)).isPresent();
        assertThat(reader.get()).isEqualTo(EventBuffer.CAPACITY + 1);
    }

    @Test
    void closeEndsWaitingAndDropsEvents() throws Exception {
        for (int i = 0; i < EventBuffer.CAPACITY; i++) {
            buffer.put(event(i));
        }
        var reader = SimulatedCall.start(time, "reader", () -> {
            buffer.put(event(0));
            return "put";
        });
        time.awaitIdle();
        buffer.close();
        assertThat(reader.get()).isEqualTo("put");
        assertThat(buffer.take(Instant.MAX)).isEmpty();
    }

    private static ModelEvent event(int n) {
        return new ModelEvent("x", Json.object().put("n", n));
    }
}
