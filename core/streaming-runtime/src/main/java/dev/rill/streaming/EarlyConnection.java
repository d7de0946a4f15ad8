package dev.rill.streaming;

import java.io.Closeable;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The connection for one streamed answer, opened as its event comes: the Runtime API takes it in while the handler
 * works, and the answer's first byte need not wait for that. Not safe for use by many threads.
 */
final class EarlyConnection implements Closeable {

    /** The other end may give up a connection on which nothing comes; beyond this age a new one is the surer one. */
    private static final Duration FRESH = Duration.ofSeconds(10);

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

    /** Opens it; where that fails, {@link #take} tries again, and tells. */
    static EarlyConnection open(Connector connector, Clock clock) {
        Connection early;
        try {
            early = connector.connect();
        } catch (IOException e) {
            early = null;
        }
        return new EarlyConnection(connector, clock, early);
    }

    /** The connection, or a new one in its place; the caller closes it. */
    Connection take() throws IOException {
        var early = connection;
        connection = null;
        if (early == null) {
            return connector.connect();
        }
        if (Duration.between(openedAt, clock.instant()).compareTo(FRESH) < 0) {
            return early;
        }
        early.close();
        return connector.connect();
    }

    /** Closes the connection if nobody has taken it. */
    @Override
    public void close() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }
}
