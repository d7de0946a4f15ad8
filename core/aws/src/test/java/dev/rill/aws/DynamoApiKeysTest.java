package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.auth.ApiKey;
import dev.rill.auth.ApiKeyIssuer;
import dev.rill.auth.ApiKeys;
import dev.rill.auth.LimitOverrides;
import dev.rill.auth.contract.ApiKeysContract;
import dev.rill.chat.memory.ManualTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Emulators.Provider.class)
class DynamoApiKeysTest extends ApiKeysContract {

    private final Emulators emulators;

    DynamoApiKeysTest(Emulators emulators) {
        this.emulators = emulators;
    }

    @Override
    protected ApiKeys apiKeys(InstantSource clock) {
        return new DynamoApiKeys(emulators.dynamoDb(), Emulators.CREDENTIALS, clock);
    }

    /** DynamoDB would delete an expired key by its time to live, and the first key would be created again. */
    @Test
    void itemHoldsNeitherTheKeyNorATimeToLive() {
        var time = new ManualTime();
        var issuer = new ApiKeyIssuer(apiKeys(time), new SecureRandom(), time);
        var end = time.instant().plus(Duration.ofDays(1));
        var issued = issuer.issue("alice", "laptop", Optional.of(end), LimitOverrides.NONE);

        var item = emulators
                .dynamoDb()
                .getItem(get -> get.tableName(Emulators.CREDENTIALS)
                        .key(CredentialItem.key(issued.record().id())))
                .item();

        assertThat(item).isNotEmpty().doesNotContainKey("expires_at");
        var random = issued.key().secret().substring(ApiKey.PREFIX.length());
        assertThat(item.toString()).doesNotContain(random);
    }
}
