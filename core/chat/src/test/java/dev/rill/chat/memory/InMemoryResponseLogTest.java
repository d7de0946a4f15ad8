package dev.rill.chat.memory;

import dev.rill.chat.ResponseLog;
import dev.rill.chat.contract.ResponseLogContract;
import java.time.InstantSource;

class InMemoryResponseLogTest extends ResponseLogContract {

  @Override
  protected ResponseLog log(InstantSource clock) {
    return new InMemoryResponseLog(clock);
  }
}
