package dev.rill.local.gateway;

import java.util.Base64;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Ids that look like AWS's. */
final class Ids {
    private static final Pattern CONNECTION_ID = Pattern.compile("[A-Za-z0-9_-]{15}=");

    private final RandomGenerator random;

    Ids(RandomGenerator random) {
        this.random = random;
    }

    /**
     * An id of a connection, a message or a request of the WebSocket API: 16 characters such as
     * {@code TXzPWdnOjoECGjA=}.
     */
    String next() {
        var bytes = new byte[11];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().encodeToString(bytes);
    }

    /** Whether an id could be one of {@link #next}. */
    static boolean isConnectionId(String id) {
        return CONNECTION_ID.matcher(id).matches();
    }

    /** An id of a request of Lambda or of {@code @connections}. */
    String nextUuid() {
        long high = (random.nextLong() & 0xffff_ffff_ffff_0fffL) | 0x4000L;
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low).toString();
    }

    /** A trace header of X-Ray, of a trace that is not sampled. */
    String nextTrace(long epochSeconds) {
        return String.format("Root=1-%08x-%08x%016x", epochSeconds, random.nextInt(), random.nextLong());
    }
}
