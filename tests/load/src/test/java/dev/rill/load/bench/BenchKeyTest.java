package dev.rill.load.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.RefusingServer;
import dev.rill.load.stack.Target;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
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

    @Test
    void bothStacksGetTheSameRequestInEachPair() throws Exception {
        try (var open = RefusingServer.start(404, 404);
                var closed = RefusingServer.start(404, 401)) {
            var cost = new AuthenticationCost(Target.parse(open.target().http().toString()), closed.target(), LIMIT);

            assertThat(cost.measure(3, 1, _ -> {})).hasSize(3);

            var all = List.of("none", "Bearer rill_abc", "Bearer rill_abc", "Bearer rill_abc", "Bearer rill_abc");
            assertThat(open.credentials()).isEqualTo(all);
            assertThat(closed.credentials()).isEqualTo(all);
        }
    }

    @Test
    void stackThatNeedsNoKeyIsNotComparedAsClosed() throws Exception {
        try (var open = RefusingServer.start(404, 404)) {
            var cost = new AuthenticationCost(open.target(), open.target(), LIMIT);

            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> cost.measure(1, 0, _ -> {}))
                    .withMessageContaining("answered 404 and not 401 to a request with no key");
        }
    }

    @Test
    void stackThatNeedsAKeyIsNotComparedAsOpen() throws Exception {
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
