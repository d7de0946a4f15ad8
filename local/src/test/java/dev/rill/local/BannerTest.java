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

        assertThat(String.join("\n", Banner.lines(addresses, Duration.ofMillis(6_340))))
                .isEqualTo("""

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
        var any = URI.create("http://127.0.0.1:3000");
        var addresses = new StackAddresses(
                any,
                any,
                any,
                any,
                any,
                Optional.of(URI.create("http://127.0.0.1:3006")),
                new StackAddresses.Model(Optional.empty(), "m"),
                Path.of("/work"));

        assertThat(Banner.lines(addresses, Duration.ZERO)).contains("  faults        http://127.0.0.1:3006");
    }
}
