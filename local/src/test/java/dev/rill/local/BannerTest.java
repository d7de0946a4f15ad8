package dev.rill.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BannerTest {

    @Test
    void namesEveryAddressAndEndsReady() {
        var addresses = new StackAddresses(
                URI.create("http://127.0.0.1:3000"),
                URI.create("http://127.0.0.1:3001/live"),
                URI.create("http://127.0.0.1:3002"),
                URI.create("http://127.0.0.1:3003"),
                URI.create("http://127.0.0.1:3004"),
                Optional.empty(),
                new StackAddresses.Model(
                        Optional.of(URI.create("http://127.0.0.1:3005/v1")), "http://127.0.0.1:3005/v1 (simulated)"),
                Path.of("/work"));

        assertThat(String.join(
                        "\n", Banner.lines(new RunningStack(addresses, Optional.empty()), Duration.ofMillis(6_340))))
                .isEqualTo("""

          page          http://localhost:3000
          WebSocket     ws://localhost:3000
          HTTP          http://localhost:3000/v1/responses
          @connections  http://127.0.0.1:3001/live
          Lambda        http://127.0.0.1:3002
          DynamoDB      http://127.0.0.1:3003
          SQS           http://127.0.0.1:3004
          model         http://127.0.0.1:3005/v1 (simulated)
          logs          /work

          npx wscat -c ws://localhost:3000
          curl -N -d 'Why is the sky blue?' http://localhost:3000

        ready in 6.3 s; Ctrl-C ends everything""");
    }

    @Test
    void namesTheControlOfFaultsIfThereIsOne() {
        var running = new RunningStack(ofPort3000(Optional.of(URI.create("http://127.0.0.1:3006"))), Optional.empty());

        assertThat(Banner.lines(running, Duration.ZERO)).contains("  faults        http://127.0.0.1:3006");
    }

    @Test
    void commandsCarryTheFirstKey() {
        var running = new RunningStack(ofPort3000(Optional.empty()), Optional.of("rill_secret"));

        assertThat(Banner.lines(running, Duration.ZERO))
                .contains(
                        "  npx wscat -H 'Authorization: Bearer rill_secret' -c ws://localhost:3000",
                        "  curl -N -H 'Authorization: Bearer rill_secret' -d 'Why is the sky blue?' "
                                + "http://localhost:3000")
                .filteredOn(line -> line.contains("rill_secret"))
                .hasSize(2);
        assertThat(running).asString().doesNotContain("rill_secret");
    }

    private static StackAddresses ofPort3000(Optional<URI> faults) {
        var any = URI.create("http://127.0.0.1:3000");
        return new StackAddresses(
                any, any, any, any, any, faults, new StackAddresses.Model(Optional.empty(), "m"), Path.of("/work"));
    }
}
