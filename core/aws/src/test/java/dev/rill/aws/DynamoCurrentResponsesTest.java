package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.contract.CurrentResponsesContract;
import dev.rill.chat.log.ChatKey;
import dev.rill.chat.log.CurrentResponse;
import dev.rill.chat.log.CurrentResponses;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Emulators.Provider.class)
class DynamoCurrentResponsesTest extends CurrentResponsesContract {

    private final Emulators emulators;

    DynamoCurrentResponsesTest(Emulators emulators) {
        this.emulators = emulators;
    }

    @Override
    protected CurrentResponses chats(InstantSource clock) {
        return new DynamoCurrentResponses(emulators.dynamoDb(), Emulators.RESPONSES, clock);
    }

    @Test
    void itemHoldsATimeToLiveAndNeitherScopeNorId() {
        var time = new ManualTime();
        var chat = new ChatKey("key:alice", "holiday plans");
        var expiresAt = time.instant().plus(Duration.ofHours(1)).plusMillis(1);
        chats(time).put(chat, new CurrentResponse(ResponseIds.of(1), Optional.empty()), expiresAt);

        var item = emulators
                .dynamoDb()
                .getItem(get -> get.tableName(Emulators.RESPONSES).key(DynamoCurrentResponses.key(chat)))
                .item();

        assertThat(AttributeValues.ofSeconds(item, "expires_at")).isBetween(expiresAt, expiresAt.plusSeconds(1));
        assertThat(item.toString()).doesNotContain("alice").doesNotContain("holiday");
    }
}
