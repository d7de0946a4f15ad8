package dev.rill.aws.function;

import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;

/** Reads the text of a secret of Secrets Manager. */
final class SecretText {

    private SecretText() {}

    /**
     * The secret's text without surrounding white space.
     *
     * @param id the secret's ARN or name
     * @param request asks Secrets Manager. It is the caller's, so that a test finds in the byte code which class reads
     *     which secret
     * @throws IllegalStateException if the secret can't be read or is empty; the message names the secret, not its text
     */
    static String read(String id, Supplier<GetSecretValueResponse> request) {
        try {
            var value = request.get().secretString();
            if (value == null || value.isBlank()) {
                throw new IllegalStateException("the secret " + id + " holds no text");
            }
            return value.strip();
        } catch (SdkException e) {
            throw new IllegalStateException("the secret " + id + " can't be read: " + e.getMessage(), e);
        }
    }
}
