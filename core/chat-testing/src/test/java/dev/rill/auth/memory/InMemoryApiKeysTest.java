package dev.rill.auth.memory;

import dev.rill.auth.ApiKeys;
import dev.rill.auth.contract.ApiKeysContract;
import java.time.InstantSource;

class InMemoryApiKeysTest extends ApiKeysContract {

    @Override
    protected ApiKeys apiKeys(InstantSource clock) {
        return new InMemoryApiKeys(clock);
    }
}
