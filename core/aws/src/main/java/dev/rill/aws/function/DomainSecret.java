package dev.rill.aws.function;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;

/**
 * What the distribution of the deployment's domain may show: the current value of a secret, and the previous one, which
 * the distribution shows until it has been deployed with the new one. Reads both at each call.
 *
 * @param secret the secret's ARN
 */
record DomainSecret(SecretsManagerClient secrets, String secret) implements Supplier<List<String>> {

    private static final String PREVIOUS = "AWSPREVIOUS";

    /** @throws IllegalStateException if the current value, or an existing previous one, can't be read */
    @Override
    public List<String> get() {
        var current = SecretText.read(secret, this::current);
        return Stream.concat(Stream.of(current), findPrevious().stream()).toList();
    }

    private Optional<String> findPrevious() {
        try {
            return Optional.of(SecretText.read(secret, this::previous));
        } catch (IllegalStateException e) {
            // A secret that was never rotated has no previous value.
            if (e.getCause() instanceof ResourceNotFoundException) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private GetSecretValueResponse current() {
        return secrets.getSecretValue(request -> request.secretId(secret));
    }

    private GetSecretValueResponse previous() {
        return secrets.getSecretValue(request -> request.secretId(secret).versionStage(PREVIOUS));
    }
}
