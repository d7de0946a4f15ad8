package dev.rill.chat.memory;

import dev.rill.chat.contract.ResponseLogContract;
import dev.rill.chat.log.ResponseLog;
import java.time.InstantSource;

class InMemoryResponseLogTest extends ResponseLogContract {

    @Override
    protected ResponseLog log(InstantSource clock) {
        return new InMemoryResponseLog(clock);
    }
}
