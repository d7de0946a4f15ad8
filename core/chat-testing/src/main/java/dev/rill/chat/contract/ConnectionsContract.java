package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.socket.ApiKeyId;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract of {@link Connections}. */
public abstract class ConnectionsContract {

    private final ManualTime time = new ManualTime();
    private final ConnectionId id = new ConnectionId("Lk9=" + UUID.randomUUID());

    /** Creates an adapter with this clock. */
    protected abstract Connections connections(InstantSource time);

    @Test
    void addedConnectionIsFound() {
        var connections = connections(time);
        var connection = connection("auth0|zoë 😀");

        connections.add(connection);

        assertThat(connections.find(id)).contains(connection);
    }

    @ParameterizedTest
    @EnumSource
    void subprotocolIsStored(Subprotocol subprotocol) {
        var connections = connections(time);
        connections.add(connection("subject-1", subprotocol));

        assertThat(connections.find(id).map(Connection::subprotocol)).contains(subprotocol);
    }

    @Test
    void viewerAddressIsStoredAndKeptByARenewal() {
        var connections = connections(time);
        var expiry = time.instant().plus(Duration.ofHours(2));
        connections.add(new Connection(
                id, Grant.ANONYMOUS, Subprotocol.OTHER, Optional.of("2001:db8::7"), time.instant(), expiry));

        assertThat(connections.renew(id, Grant.ANONYMOUS)).isTrue();

        assertThat(connections.find(id).flatMap(Connection::viewerAddress)).contains("2001:db8::7");
    }

    @Test
    void unknownConnectionIsNotFound() {
        assertThat(connections(time).find(id)).isEmpty();
    }

    @Test
    void secondConnectionWithTheSameIdReplacesTheFirst() {
        var connections = connections(time);
        connections.add(connection("first"));
        var second = connection("second");

        connections.add(second);

        assertThat(connections.find(id)).contains(second);
    }

    @ParameterizedTest
    @MethodSource("grants")
    void grantIsStored(Grant grant) {
        var connections = connections(time);
        connections.add(connection(grant, Subprotocol.OTHER));

        assertThat(connections.find(id).map(Connection::grant)).contains(grant);
    }

    @ParameterizedTest
    @MethodSource("grants")
    void renewedConnectionHasTheNewGrantAndKeepsTheRest(Grant before) {
        for (var after : grants()) {
            var connections = connections(time);
            connections.add(connection(before, Subprotocol.RILL_V1));

            assertThat(connections.renew(id, after)).isTrue();

            assertThat(connections.find(id)).contains(connection(after, Subprotocol.RILL_V1));
        }
    }

    @Test
    void renewalOfAnUnknownConnectionStoresNothing() {
        var connections = connections(time);

        assertThat(connections.renew(id, Grant.ANONYMOUS)).isFalse();

        assertThat(connections.find(id)).isEmpty();
    }

    static List<Grant> grants() {
        var alice = new Subject("key:alice");
        var key = Optional.of(new ApiKeyId("key_" + "0123456789abcdef".repeat(2)));
        var until = Optional.of(Instant.parse("2026-11-27T10:00:00.001Z"));
        return List.of(
                Grant.ANONYMOUS,
                new Grant(alice, key, Optional.empty()),
                new Grant(alice, key, until),
                new Grant(new Subject("oidc:https://a.example|zoë 😀"), Optional.empty(), until));
    }

    @Test
    void removedConnectionIsNotFound() {
        var connections = connections(time);
        connections.add(connection("subject-1"));

        connections.remove(id);
        connections.remove(id);

        assertThat(connections.find(id)).isEmpty();
    }

    @Test
    void expiredConnectionIsNotFound() {
        var connections = connections(time);
        connections.add(connection("subject-1"));

        time.advance(Duration.ofHours(2).minusSeconds(1));
        assertThat(connections.find(id)).isPresent();
        time.advance(Duration.ofSeconds(1));
        assertThat(connections.find(id)).isEmpty();
    }

    private Connection connection(String subject) {
        return connection(subject, Subprotocol.OTHER);
    }

    private Connection connection(String subject, Subprotocol subprotocol) {
        return connection(Grant.ofSubject(new Subject(subject)), subprotocol);
    }

    private Connection connection(Grant grant, Subprotocol subprotocol) {
        // Adapters may round the expiry up to whole seconds.
        var expiry = time.instant().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofHours(2));
        return new Connection(id, grant, subprotocol, time.instant(), expiry);
    }
}
