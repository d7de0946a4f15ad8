package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.Group;
import dev.rill.chat.Quota;
import dev.rill.chat.ResponseId;
import dev.rill.chat.contract.QuotaContract;
import dev.rill.chat.memory.ManualClock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Emulators.Provider.class)
class DynamoQuotaTest extends QuotaContract {

  private final Emulators emulators;

  DynamoQuotaTest(Emulators emulators) {
    this.emulators = emulators;
  }

  @Override
  protected Quota quota(InstantSource clock, int running, int queued) {
    return new DynamoQuota(emulators.dynamoDb(), Emulators.RESPONSES, clock, running, queued);
  }

  @Test
  void keepsAGroupInOneItemThatExpires() {
    var quota = quota(new ManualClock(), 9, 9);
    var group = new Group("only this test's");

    quota.queue(group, new ResponseId("resp_1"), Instant.ofEpochSecond(1_000));
    quota.run(group, new ResponseId("resp_2"), Instant.ofEpochSecond(2_000));

    // printf "only this test's" | sha256sum
    var item = emulators.dynamoDb()
        .getItem(get -> get.tableName(Emulators.RESPONSES)
            .key(Map.of("response_id",
                Values.of("group#498a8c623aca2a7fe5f20b2c495a89bc592c2b93c7b88ad907b3a7a6273dbd09"), "sequence",
                Values.of(-1))))
        .item();
    assertThat(item).containsEntry("expires_at", Values.of(2_000 + 86_400));
    assertThat(Values.require(item, "queued").m()).containsOnly(Map.entry("resp_1", Values.of(1_000_000)));
    assertThat(Values.require(item, "running").m()).containsOnly(Map.entry("resp_2", Values.of(2_000_000)));
  }
}
