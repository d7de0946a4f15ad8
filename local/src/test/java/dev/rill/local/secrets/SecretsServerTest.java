package dev.rill.local.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.local.template.StackPlan.Secret;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;

/** The server, tested with AWS's own client. */
class SecretsServerTest {
    private static final String ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:Key";

    private SecretsServer server;
    private SecretsManagerClient client;

    @BeforeEach
    void start() throws Exception {
        server = SecretsServer.start(List.of(new Secret("Key", ARN, "hush \"1\"")));
        client = SecretsManagerClient.builder()
                .endpointOverride(server.endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "b")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void returnsASecretByArnAndByName() {
        var byArn = client.getSecretValue(request -> request.secretId(ARN));

        assertThat(byArn.secretString()).isEqualTo("hush \"1\"");
        assertThat(byArn.arn()).isEqualTo(ARN);
        assertThat(client.getSecretValue(request -> request.secretId("Key")).secretString())
                .isEqualTo("hush \"1\"");
    }

    @Test
    void anUnknownSecretIsAwssError() {
        assertThatThrownBy(() -> client.getSecretValue(request -> request.secretId("other")))
                .isInstanceOf(ResourceNotFoundException.class);
    }

    @Test
    void refusesOtherRequests() {
        assertThatThrownBy(() -> client.deleteSecret(request -> request.secretId("Key")))
                .hasMessageContaining("The local stack supports GetSecretValue only");
    }
}
