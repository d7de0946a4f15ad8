package dev.rill.chat.memory;

import dev.rill.chat.Quota;
import dev.rill.chat.contract.QuotaContract;
import java.time.InstantSource;

class InMemoryQuotaTest extends QuotaContract {

  @Override
  protected Quota quota(InstantSource clock, int running, int queued) {
    return new InMemoryQuota(clock, running, queued);
  }
}
