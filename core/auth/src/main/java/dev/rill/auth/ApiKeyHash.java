package dev.rill.auth;

import dev.rill.chat.socket.ApiKeyId;

/**
 * SHA-256 of an API key, as 64 lower-case hexadecimal digits. A key has 256 random bits, so the hash needs no salt and
 * no slow function: it can't be inverted by trying keys.
 */
public record ApiKeyHash(String hex) {

    private static final int ID_DIGITS = 32;

    /** @throws IllegalArgumentException if the text is not a hash */
    public ApiKeyHash {
        Secrets.checkHash(hex);
    }

    /** The id of the key with this hash: the first 32 digits. */
    public ApiKeyId id() {
        return new ApiKeyId("key_" + hex.substring(0, ID_DIGITS));
    }
}
