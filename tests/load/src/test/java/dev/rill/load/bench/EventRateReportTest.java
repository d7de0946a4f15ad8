package dev.rill.load.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.bench.EventRate.Round;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventRateReportTest {

    private static List<String> lines(int streams, Round... rounds) {
        return new EventRateReport(streams, List.of(rounds))
                .lines().stream()
                        .map(line -> line.strip().replaceAll(" {2,}", " | "))
                        .toList();
    }

    @Test
    void ratesAreOfTheSumsOfAllRounds() {
        assertThat(lines(
                        16,
                        new Round(1000, Duration.ofMillis(500), Duration.ofMillis(1000), 100),
                        new Round(1000, Duration.ofMillis(1500), Duration.ofMillis(3000), 100)))
                .containsExactly(
                        "HTTP, 16 streams | 2,000 events",
                        "events a second from the model itself | 1,000.0",
                        "the model's events a second through Rill | 500.0",
                        "ratio of the two rates | 0.500",
                        "model's events an event of Rill | 10.0");
    }

    @Test
    void reportOfNoRoundsHasDashes() {
        assertThat(lines(1)).first().isEqualTo("HTTP, 1 stream | 0 events");
        assertThat(lines(1)).contains("ratio of the two rates | -");
    }

    @Test
    void requestsGoBelowTheBaseUrlOfTheModel() {
        assertThat(EventRate.responsesOf(URI.create("http://127.0.0.1:1/v1/")))
                .isEqualTo(URI.create("http://127.0.0.1:1/v1/responses"));
    }
}
