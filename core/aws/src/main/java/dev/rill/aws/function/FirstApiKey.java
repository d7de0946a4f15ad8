package dev.rill.aws.function;

import dev.rill.auth.ApiKey;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.InvalidRequestException;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;

/**
 * The first key of a deployment, from the secret that CloudFormation generated. Reads it at each call.
 *
 * @param secret the ARN of a secret with 43 letters and digits; the key is {@code rill_} and these
 */
record FirstApiKey(SecretsManagerClient secrets, String secret) implements Supplier<Optional<ApiKey>> {

    private static final Logger LOG = LoggerFactory.getLogger(FirstApiKey.class);

    /** Empty if the secret is deleted, or is not a key: then the deployment has no first key. */
    @Override
    public Optional<ApiKey> get() {
        try {
            var text = SecretText.read(secret, this::request);
            var key = ApiKey.parse(ApiKey.PREFIX + text);
            if (key.isEmpty()) {
                LOG.error("the secret {} does not hold 43 letters and digits, so there is no first key", secret);
            }
            return key;
        } catch (IllegalStateException e) {
            // Secrets Manager answers InvalidRequestException for a secret that is scheduled for deletion.
            if (e.getCause() instanceof ResourceNotFoundException || e.getCause() instanceof InvalidRequestException) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private GetSecretValueResponse request() {
        return secrets.getSecretValue(request -> request.secretId(secret));
    }
}
