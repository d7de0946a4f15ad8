package dev.rill.load.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.RefusingServer;
import dev.rill.load.stack.Target;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BenchKeyTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void bothTransportsSendTheKeyAndNameTheVariable() throws Exception {
        try (var server = RefusingServer.start();
                var client = HttpClient.newHttpClient()) {
            var http = new HttpTransport(server.target(), LIMIT, InstantSource.system());

            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> http.ask("hi"))
                    .withMessageContaining("answered 401; set the environment variable RILL_API_KEY");
            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> WebSocketTransport.open(client, server.target(), LIMIT, InstantSource.system()))
                    .withMessageContaining("with 401; set the environment variable RILL_API_KEY");
            assertThat(server.credentials()).containsExactly("Bearer rill_abc", "Bearer rill_abc");
        }
    }

    /** The first stack must take requests without a key, and the second must not. */
    @Test
    void stackThatIsNotOpenIsNotMeasured() throws Exception {
        try (var server = RefusingServer.start()) {
            var open = Target.parse(server.target().http().toString());
            var cost = new AuthenticationCost(open, server.target(), LIMIT);

            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> cost.measure(1, 0, _ -> {}))
                    .withMessageContaining("answered 401 and not 404 to a request with no key");
            assertThat(server.credentials()).containsExactly("none");
        }
    }
}
