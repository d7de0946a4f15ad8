package dev.rill.local.gateway;

import java.time.Duration;

/** Is told what AWS would bill. Called by many threads; returns at once. */
public interface Meter {
    /** Counts nothing. */
    Meter NONE = new Meter() {
        @Override
        public void message(Direction direction, int bytes) {}

        @Override
        public void connection(Duration lasted) {}

        @Override
        public void httpRequest() {}
    };

    /** A message of a client arrived, or one was handed to a socket. */
    void message(Direction direction, int bytes);

    /** A connection ended. */
    void connection(Duration lasted);

    /** A request reached the function URL. */
    void httpRequest();

    /** The way of a message. */
    enum Direction {
        FROM_CLIENT,
        TO_CLIENT
    }

    /**
     * How many messages are billed for one of this size: API Gateway meters in steps of 32 KB.
     *
     * @see <a href="https://aws.amazon.com/api-gateway/pricing/">Amazon API Gateway pricing</a>
     */
    static int billedMessages(int bytes) {
        return Math.max(1, Math.ceilDiv(bytes, 32 * 1024));
    }
}
