package dev.rill.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.log.AcceptedRequest;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.Owner;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A socket that says it has more than it can have been sent must be sent the end all the same. */
class AttemptCursorTest {

    private static final Instant NOW = Instant.parse("2026-11-02T08:30:00Z");
    private static final ConnectionId SOCKET = new ConnectionId("socket");

    private final Directives ahead =
            Directives.of(Subscriptions.none().with(ClientSocket.of(SOCKET), 10_000, Subscriptions.MAX_SOCKETS));

    @Test
    void aReservedNumberIsNotTakenForASentOne() {
        var attempt = inline();
        var _ = attempt.onDirectives(ahead, NOW);

        assertThat(after(attempt)).isEqualTo(0);
    }

    @Test
    void theEndIsNotTakenForSentBeforeItIsLogged() {
        var attempt = inline();
        attempt.addTerminal(Status.COMPLETED, Json.object(), EndedBy.MODEL, NOW);
        var _ = attempt.onOutdated(ahead, NOW);

        assertThat(attempt.lastSequence()).isEqualTo(1);
        assertThat(after(attempt)).isEqualTo(0);
    }

    private static long after(Attempt attempt) {
        return Objects.requireNonNull(attempt.subscriptions().cursors().get(SOCKET))
                .after();
    }

    private static Attempt inline() {
        var id = ResponseIds.of(1);
        var header = new ResponseHeader(
                id,
                new Owner(Subject.ANONYMOUS, new QuotaKey("g"), Optional.empty()),
                new AcceptedRequest(Json.object(), Execution.INLINE, NOW, NOW.plus(Duration.ofDays(1))),
                new Progress(Status.IN_PROGRESS, new Lease(1, NOW.plusSeconds(12), Attempt.RESERVATION), 0),
                Directives.of(Subscriptions.none()),
                ConversationSize.ZERO);
        return new Attempt(
                header,
                List.of(new Event(0, "response.created", "created")),
                LogIntervals.DEFAULT,
                Duration.ofMinutes(1),
                NOW);
    }
}
