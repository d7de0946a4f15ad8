package dev.rill.aws;

import dev.rill.chat.Quota;
import dev.rill.chat.contract.QuotaContract;
import java.time.InstantSource;
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
}
