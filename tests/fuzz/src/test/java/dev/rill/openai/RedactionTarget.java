package dev.rill.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;

/** The error message of a model's server, of which a client gets a redacted form. */
public final class RedactionTarget implements FuzzTarget {

    private static final String KEY = "sk-QZKEYQZ";
    private static final String HOST = "model.test:8000";

    @Override
    public void test(byte[] input) {
        var words = new String(input, UTF_8);
        var safe = new Redaction(KEY, HOST).apply(words);
        Checks.require(safe.length() <= 500, "more than 500 characters");
        Checks.require(!safe.contains(KEY) && !safe.contains(HOST) && !safe.contains("https://a"), "a secret is shown");
        Checks.requireUtf8(safe);
    }
}
