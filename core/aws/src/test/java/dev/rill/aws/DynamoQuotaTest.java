package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.contract.QuotaContract;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.QuotaKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@ExtendWith(Emulators.Provider.class)
class DynamoQuotaTest extends QuotaContract {

    private final Emulators emulators;

    DynamoQuotaTest(Emulators emulators) {
        this.emulators = emulators;
    }

    @Override
    protected Quota quota(InstantSource time, int maxRunning, int maxQueued) {
        return new DynamoQuota(emulators.dynamoDb(), Emulators.RESPONSES, time, maxRunning, maxQueued);
    }

    @Test
    void groupIsOneItemWithTwoMaps() {
        var time = new ManualTime();
        var quotaKey = new QuotaKey("zoë " + UUID.randomUUID());
        var quota = quota(time, 3, 3);
        var running = time.instant().plus(Duration.ofMinutes(15));
        quota.admitRunning(quotaKey, ResponseIds.of(1), running);
        quota.admitQueued(quotaKey, ResponseIds.of(2), time.instant().plus(Duration.ofDays(7)));
        quota.admitRunning(quotaKey, ResponseIds.of(3), running);

        var item = emulators
                .dynamoDb()
                .getItem(get -> get.tableName(Emulators.RESPONSES).key(DynamoQuota.key(quotaKey)))
                .item();

        assertThat(AttributeValues.text(item, "response_id")).matches("group#[0-9a-f]{64}");
        assertThat(item)
                .hasSize(5)
                .containsEntry("sequence", AttributeValue.fromN("-1"))
                .containsEntry(
                        "running",
                        AttributeValue.fromM(Map.of(
                                ResponseIds.of(1).value(),
                                AttributeValue.fromN("1793609100123"),
                                ResponseIds.of(3).value(),
                                AttributeValue.fromN("1793609100123"))))
                .containsEntry(
                        "queued",
                        AttributeValue.fromM(Map.of(ResponseIds.of(2).value(), AttributeValue.fromN("1794213000123"))));
        assertThat(AttributeValues.ofSeconds(item, "expires_at"))
                .isAfter(time.instant().plus(Duration.ofDays(7)));
    }
}
