package dev.rill.local.gateway;

import java.util.Base64;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Generates ids in AWS's formats. */
final class IdGenerator {
    private static final Pattern CONNECTION_ID = Pattern.compile("[A-Za-z0-9_-]{15}=");

    private final RandomGenerator random;

    IdGenerator(RandomGenerator random) {
        this.random = random;
    }

    /**
     * A new id of a connection, a message or a request of the WebSocket API: 16 characters, such as
     * {@code TXzPWdnOjoECGjA=}.
     */
    String next() {
        var bytes = new byte[11];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().encodeToString(bytes);
    }

    /** Whether an id has the format of {@link #next}. */
    static boolean isConnectionId(String id) {
        return CONNECTION_ID.matcher(id).matches();
    }

    /** A new id of a request to Lambda or to {@code @connections}. */
    String nextUuid() {
        long high = (random.nextLong() & 0xffff_ffff_ffff_0fffL) | 0x4000L;
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low).toString();
    }

    /** A new X-Ray trace header, not sampled. */
    String nextTrace(long epochSeconds) {
        return String.format("Root=1-%08x-%08x%016x", epochSeconds, random.nextInt(), random.nextLong());
    }
}
