package dev.rill.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Json;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class CannedServerTest {

    @Test
    void answersEveryRequestCompletely() throws Exception {
        try (var server = CannedServer.start(ModelApi.RESPONSES);
                var model = new OpenAiModel(
                        new OpenAiSettings(
                                server.baseUrl(), () -> "", "any", Duration.ofSeconds(5), Duration.ofSeconds(5)),
                        Clock.systemUTC())) {
            for (int i = 0; i < 2; i++) {
                var types = new ArrayList<String>();
                try (var stream = model.open(Json.object().put("input", "é"))) {
                    for (var next = stream.next(); next.isPresent(); next = stream.next()) {
                        types.add(next.get().type());
                    }
                }
                assertThat(String.join(";", types))
                        .isEqualTo("response.created;response.output_item.added;"
                                + "response.content_part.added;response.output_text.delta;response.completed");
            }
        }
    }

    @Test
    void primingReadsNoKey() throws Exception {
        var keysRead = new AtomicInteger();
        var settings = OpenAiSettings.of(
                URI.create("https://model.invalid/v1"),
                () -> "key " + keysRead.incrementAndGet(),
                "any",
                Duration.ofSeconds(5));
        OpenAiModel.prime(settings, Time.system());
        assertThat(keysRead).hasValue(0);
    }
}
