package dev.rill.chat.memory;

import dev.rill.chat.contract.QuotaContract;
import dev.rill.chat.queue.Quota;
import java.time.InstantSource;

class InMemoryQuotaTest extends QuotaContract {

    @Override
    protected Quota quota(InstantSource clock, int running, int queued) {
        return new InMemoryQuota(clock, running, queued);
    }
}
