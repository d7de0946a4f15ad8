package dev.rill.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class EventBufferTest {

    private final EventBuffer buffer = new EventBuffer(new DeltaMerger(Duration.ZERO), Time.system());

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
        var done = new CountDownLatch(1);
        var reader = Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i <= EventBuffer.CAPACITY; i++) {
                    buffer.put(event(i));
                    put.incrementAndGet();
                }
                done.countDown();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
        while (reader.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertThat(put).hasValue(EventBuffer.CAPACITY);
        assertThat(buffer.take(Instant.MAX)).isPresent();
        done.await();
        assertThat(put).hasValue(EventBuffer.CAPACITY + 1);
    }

    @Test
    void closeEndsWaitingAndDropsEvents() throws Exception {
        for (int i = 0; i < EventBuffer.CAPACITY; i++) {
            buffer.put(event(i));
        }
        var reader = Thread.ofVirtual().start(() -> {
            try {
                buffer.put(event(0));
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
        buffer.close();
        reader.join();
        assertThat(buffer.take(Instant.MAX)).isEmpty();
    }

    private static ModelEvent event(int n) {
        return new ModelEvent("x", Json.object().put("n", n));
    }
}
