package dev.rill.load.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.stack.RefusingServer;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoadKeyTest {

    @Test
    void socketSendsTheKeyAndNamesTheVariable() throws Exception {
        try (var server = RefusingServer.start();
                var client = HttpClient.newHttpClient()) {
            var socket = new LoadSocket(InstantSource.system());

            assertThat(socket.open(client, server.target(), Duration.ofSeconds(20))
                            .get(60, TimeUnit.SECONDS))
                    .isFalse();
            assertThat(socket.result().verdict().reason())
                    .contains("status 401; set the environment variable RILL_API_KEY");
            assertThat(server.credentials()).containsExactly("Bearer rill_abc");
        }
    }
}
