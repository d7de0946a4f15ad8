package dev.rill.chat.memory;

import dev.rill.chat.contract.CurrentResponsesContract;
import dev.rill.chat.log.CurrentResponses;
import java.time.InstantSource;

class InMemoryCurrentResponsesTest extends CurrentResponsesContract {

    @Override
    protected CurrentResponses chats(InstantSource clock) {
        return new InMemoryCurrentResponses(clock);
    }
}
