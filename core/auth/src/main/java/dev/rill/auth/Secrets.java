package dev.rill.auth;

import dev.rill.chat.ops.Sha256;
import java.util.Base64;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Secrets of 256 random bits as text: a prefix and 43 characters of base64url. They are stored as SHA-256 alone. */
final class Secrets {

    private static final int BYTES = 32;
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private Secrets() {}

    /** A new secret. The source must be cryptographically strong. */
    static String random(String prefix, RandomGenerator random) {
        var bits = new byte[BYTES];
        random.nextBytes(bits);
        return prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    }

    /** The form of a secret with this prefix. */
    static Pattern form(String prefix) {
        return Pattern.compile(Pattern.quote(prefix) + "[A-Za-z0-9_-]{43}");
    }

    static String hash(String secret) {
        return Sha256.hex(secret);
    }

    /** @throws IllegalArgumentException if the text is not a hash; the message does not contain it */
    static void checkHash(String hash) {
        if (!HASH.matcher(hash).matches()) {
            throw new IllegalArgumentException("a hash is 64 lower-case hexadecimal digits");
        }
    }
}
