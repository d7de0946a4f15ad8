package dev.rill.aws.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.rill.aws.Aws;
import dev.rill.aws.Emulators;
import dev.rill.aws.ScriptedServer;
import dev.rill.aws.ScriptedServer.Answer;
import dev.rill.chat.memory.ManualTime;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CachedSecretTest {

    private static final String ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:openai-AbCdEf";

    private final ScriptedServer server = new ScriptedServer(_ -> Answer.ok("{\"SecretString\":\" first\\n\"}"));
    private final ManualTime time = new ManualTime();
    private final Aws aws = Emulators.aws();
    private final CachedSecret secret = secret();

    private CachedSecret secret() {
        System.setProperty("aws.endpointUrlSecretsManager", server.uri("").toString());
        return new CachedSecret(aws.secretsManager(), ARN, Duration.ofMinutes(10), time);
    }

    @AfterEach
    void close() {
        aws.close();
        server.close();
    }

    @Test
    void secretIsNotReadBeforeTheFirstGet() {
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void secretIsReadOnceWithinItsMaxAge() {
        assertThat(secret.get()).isEqualTo("first");
        time.advance(Duration.ofMinutes(10).minusMillis(1));
        assertThat(secret.get()).isEqualTo("first");

        assertThat(server.requests())
                .singleElement()
                .satisfies(request -> assertThat(request.body()).isEqualTo("{\"SecretId\":\"" + ARN + "\"}"));
    }

    @Test
    void rotatedSecretIsReadAfterItsMaxAge() {
        secret.get();
        server.next(Answer.ok("{\"SecretString\":\"second\"}"));
        time.advance(Duration.ofMinutes(10));

        assertThat(secret.get()).isEqualTo("second");
    }

    @Test
    void missingSecretIsNamed() {
        server.next(Answer.error(
                400,
                "ResourceNotFoundException",
                "{\"__type\":\"ResourceNotFoundException\",\"Message\":\"can't find it\"}"));

        assertThatIllegalStateException()
                .isThrownBy(secret::get)
                .withMessageContaining(ARN + " can't be read: can't find it");
    }

    @Test
    void emptySecretIsRefused() {
        server.next(Answer.ok("{\"SecretBinary\":\"AAAA\"}"), Answer.ok("{\"SecretString\":\" \"}"));

        assertThatIllegalStateException().isThrownBy(secret::get).withMessage("the secret " + ARN + " holds no text");
        assertThatIllegalStateException().isThrownBy(secret::get).withMessage("the secret " + ARN + " holds no text");
    }
}
