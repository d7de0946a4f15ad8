package dev.rill.auth;

import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The secret of an API key: {@code rill_} and 43 characters of base64url, which are 256 random bits. It is shown to the
 * operator once and stored nowhere; {@link #toString} does not show it.
 */
public final class ApiKey {

    /** How every key begins. No JSON Web Token begins so. */
    public static final String PREFIX = "rill_";

    private static final Pattern FORM = Secrets.form(PREFIX);

    private final String secret;

    private ApiKey(String secret) {
        this.secret = secret;
    }

    /**
     * Creates a new key.
     *
     * @param random a cryptographically strong source, such as {@code SecureRandom}
     */
    public static ApiKey random(RandomGenerator random) {
        return new ApiKey(Secrets.random(PREFIX, random));
    }

    /**
     * Parses a key; empty if the text does not have the form of one. The 43 characters need not be the encoding of
     * whole bytes, so that a generator of random letters and digits can make a key, too.
     */
    public static Optional<ApiKey> parse(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new ApiKey(text)) : Optional.empty();
    }

    /** The key itself, to show it once. Never log it. */
    public String secret() {
        return secret;
    }

    /** What is stored of the key. */
    public ApiKeyHash hash() {
        return new ApiKeyHash(Secrets.hash(secret));
    }

    /** A text without the secret. */
    @Override
    public String toString() {
        return PREFIX + "...";
    }
}
