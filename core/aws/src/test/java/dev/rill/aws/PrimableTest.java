package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.auth.ApiKeys;
import dev.rill.auth.TicketRedeemer;
import dev.rill.chat.log.CurrentResponses;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.Sockets;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each method of a port is primed, or it is named here among the exceptions. */
class PrimableTest {

    private final List<String> called = new ArrayList<>();

    @Test
    void responseLogPrimesAllButWhatWritesOrDeletes() {
        DynamoResponseLog.prime(recording(ResponseLog.class), Instant.EPOCH);
        assertPrimedAllBut(ResponseLog.class, "create", "replace", "delete");
    }

    @Test
    void quotaPrimesAllButAdmission() {
        DynamoQuota.prime(recording(Quota.class), Instant.EPOCH);
        assertPrimedAllBut(Quota.class, "admitQueued", "admitInline", "admitRunning");
    }

    @Test
    void currentResponsesPrimeFinding() {
        DynamoCurrentResponses.prime(recording(CurrentResponses.class));
        assertPrimedAllBut(CurrentResponses.class, "put");
    }

    @Test
    void socketsPrimePosting() throws InterruptedException {
        ApiGatewaySockets.prime(recording(Sockets.class));
        assertPrimedAllBut(Sockets.class, "close");
    }

    @Test
    void connectionsPrimeFinding() {
        DynamoConnections.prime(recording(Connections.class));
        assertPrimedAllBut(Connections.class, "add", "renew", "remove");
    }

    @Test
    void apiKeysPrimeFinding() {
        DynamoApiKeys.prime(recording(ApiKeys.class));
        assertPrimedAllBut(ApiKeys.class, "create", "list", "revoke");
    }

    @Test
    void ticketsPrimeRedeeming() {
        DynamoTicketRedeemer.prime(recording(TicketRedeemer.class));
        assertPrimedAllBut(TicketRedeemer.class);
    }

    private void assertPrimedAllBut(Class<?> port, String... exempt) {
        called.addAll(List.of(exempt));
        assertThat(called)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(port.getMethods())
                        .filter(method -> Modifier.isAbstract(method.getModifiers()))
                        .map(method -> method.getName())
                        .toList());
    }

    private <P> P recording(Class<P> port) {
        return port.cast(Proxy.newProxyInstance(port.getClassLoader(), new Class<?>[] {port}, (_, method, _) -> {
            called.add(method.getName());
            return null;
        }));
    }
}
