package dev.rill.auth;

/**
 * SHA-256 of an API key, as 64 lower-case hexadecimal digits. A key has 256 random bits, so the hash needs no salt and
 * no slow function: it can't be inverted by trying keys.
 */
public record ApiKeyHash(String hex) {

    /** @throws IllegalArgumentException if the text is not a hash */
    public ApiKeyHash {
        Secrets.checkHash(hex);
    }
}
