package dev.rill.chat.memory;

import dev.rill.chat.contract.QuotaContract;
import dev.rill.chat.quota.Quota;
import java.time.InstantSource;

class InMemoryQuotaTest extends QuotaContract {

    @Override
    protected Quota quota(InstantSource clock) {
        return new InMemoryQuota(clock);
    }
}
