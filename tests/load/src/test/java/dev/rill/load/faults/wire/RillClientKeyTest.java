package dev.rill.load.faults.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.faults.wire.HttpEventStream.Reading;
import dev.rill.load.stack.RefusingServer;
import java.net.http.HttpClient;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RillClientKeyTest {

    @Test
    void everyRequestAndHandshakeHasTheKey() throws Exception {
        try (var server = RefusingServer.start();
                var http = HttpClient.newHttpClient()) {
            var client = new RillClient(http, server.target(), InstantSource.system(), _ -> {});

            assertThatIOException().isThrownBy(() -> client.connect(Optional.of("rill.v1")));
            assertThatIOException()
                    .isThrownBy(() -> client.ask(PromptPlan.toTheEnd("hi"), Optional.empty(), "key"))
                    .withMessage("status 401");
            assertThatIOException()
                    .isThrownBy(() -> client.follow("resp_1", -1, Reading.BRIEF))
                    .withMessage("status 401");
            assertThat(client.status("resp_1")).isEqualTo("status 401");
            assertThat(client.cancel("resp_1").get(20, TimeUnit.SECONDS)).isEqualTo(401);

            assertThat(server.credentials()).isEqualTo(Collections.nCopies(5, "Bearer rill_abc"));
        }
    }
}
