package dev.rill.local.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and verifies the {@code encrypted_content} of reasoning and compaction items: the text, signed with HMAC-SHA256
 * by a key of this object. It is not encrypted, because the simulated model has no secrets. Safe for use by many
 * threads.
 */
final class ReasoningSeal {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;
    private static final int SIGNATURE_BYTES = 32;

    private final SecretKeySpec key;

    private ReasoningSeal(SecretKeySpec key) {
        this.key = key;
    }

    /** With a new random key: the content of another process is foreign. */
    static ReasoningSeal withRandomKey() {
        var key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return new ReasoningSeal(new SecretKeySpec(key, ALGORITHM));
    }

    String seal(String reasoning) {
        var text = reasoning.getBytes(UTF_8);
        return Base64.getUrlEncoder()
                .encodeToString(ByteBuffer.allocate(SIGNATURE_BYTES + text.length)
                        .put(signature(text))
                        .put(text)
                        .array());
    }

    /** Whether {@link #seal} has made the content, and no character has changed. */
    boolean isOwn(String content) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(content);
        } catch (IllegalArgumentException _) {
            return false;
        }
        return bytes.length >= SIGNATURE_BYTES
                && MessageDigest.isEqual(
                        Arrays.copyOf(bytes, SIGNATURE_BYTES),
                        signature(Arrays.copyOfRange(bytes, SIGNATURE_BYTES, bytes.length)))
                // Base64 can write the same bytes in several ways.
                && Base64.getUrlEncoder().encodeToString(bytes).equals(content);
    }

    private byte[] signature(byte[] text) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Java has no " + ALGORITHM, e);
        }
    }
}
