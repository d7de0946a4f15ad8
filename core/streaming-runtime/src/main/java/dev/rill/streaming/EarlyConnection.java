package dev.rill.streaming;

import java.io.Closeable;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The connection for one streamed response, opened when the event arrives: the Runtime API accepts it while the handler
 * works, so that the response's first byte does not wait for the connection. Not safe for use by many threads.
 */
final class EarlyConnection implements Closeable {

    /** The Runtime API may close an idle connection. An older connection than this is replaced. */
    private static final Duration MAX_AGE = Duration.ofSeconds(10);

    /** Opens a connection to the Runtime API. */
    @FunctionalInterface
    interface Connector {
        Connection connect() throws IOException;
    }

    private final Connector connector;
    private final Clock clock;
    private final Instant openedAt;
    private @Nullable Connection connection;

    private EarlyConnection(Connector connector, Clock clock, @Nullable Connection connection) {
        this.connector = connector;
        this.clock = clock;
        this.openedAt = clock.instant();
        this.connection = connection;
    }

    /** Opens the connection. If that fails, {@link #take} tries again and reports the failure. */
    static EarlyConnection open(Connector connector, Clock clock) {
        Connection early;
        try {
            early = connector.connect();
        } catch (IOException e) {
            early = null;
        }
        return new EarlyConnection(connector, clock, early);
    }

    /** The connection, or a new one if it failed or is too old. The caller closes it. */
    Connection take() throws IOException {
        var early = connection;
        connection = null;
        if (early == null) {
            return connector.connect();
        }
        if (Duration.between(openedAt, clock.instant()).compareTo(MAX_AGE) < 0) {
            return early;
        }
        early.close();
        return connector.connect();
    }

    /** Closes the connection if it was not taken. */
    @Override
    public void close() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }
}
