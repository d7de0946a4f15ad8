package dev.rill.chat.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventTest {

    private final AtomicInteger parsed = new AtomicInteger();

    @Test
    void numberedEventKeepsThePayloadThatItsTextWasMadeOf() {
        var delta = Json.object().put("type", "other").put("delta", "a\ud800b").put("n", 1.0);
        var event = Event.numbered(7, "x", delta);
        assertThat(event.json()).isEqualTo("{\"type\":\"x\",\"sequence_number\":7,\"delta\":\"a\ufffdb\",\"n\":1.0}");
        assertThat(Json.write(event.payload())).isEqualTo(event.json());
    }

    @Test
    void loggedEventIsParsedWhenItsPayloadIsAskedFor() {
        var event = logged("{ \"delta\": 1.50 }");
        assertThat(event.json()).isEqualTo("{ \"delta\": 1.50 }");
        assertThat(event.terminal()).isFalse();
        assertThat(MessageTrimmer.trim(event, 100)).isSameAs(event.json());
        assertThat(parsed).hasValue(0);

        assertThat(event.payload()).hasToString("{\"delta\":1.50}").isSameAs(event.payload());
        assertThat(parsed).hasValue(1);
    }

    @Test
    void manyThreadsParseALoggedEventOnce() throws Exception {
        var event = logged("{\"delta\":1}");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var payloads = IntStream.range(0, 20)
                    .mapToObj(_ -> threads.submit(event::payload))
                    .toList();
            var distinct = new HashSet<Integer>();
            for (var payload : payloads) {
                distinct.add(System.identityHashCode(payload.get(10, TimeUnit.SECONDS)));
            }
            assertThat(distinct).hasSize(1);
        }
        assertThat(parsed).hasValue(1);
    }

    @Test
    void textThatIsNoObjectIsParsedOnceAndHasNoPayload() {
        var event = logged("[1]");
        assertThat(event.findPayload()).isEmpty();
        assertThatThrownBy(event::payload)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageNotContaining("[1]");
        assertThat(parsed).hasValue(1);
    }

    @Test
    void trimmingLeavesThePayloadAsItWas() {
        var event = Event.numbered(1, "x", Json.object().put("text", "y".repeat(2_000)));
        var trimmed = MessageTrimmer.trim(event, 1_024);
        assertThat(trimmed).contains("rill:omitted");
        assertThat(Json.write(event.payload())).isEqualTo(event.json());
        assertThat(MessageTrimmer.trim(event, 1_024)).isEqualTo(trimmed);
    }

    private Event logged(String json) {
        return Event.parsedBy(this::parse, 3, "x", json);
    }

    private Optional<ObjectNode> parse(String json) {
        parsed.incrementAndGet();
        return Json.findObject(json);
    }
}
