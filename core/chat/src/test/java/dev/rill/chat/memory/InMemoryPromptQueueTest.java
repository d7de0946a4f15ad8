package dev.rill.chat.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.Prompt;
import dev.rill.chat.PromptQueue;
import dev.rill.chat.contract.PromptQueueContract;
import java.util.List;
import java.util.stream.Stream;

class InMemoryPromptQueueTest extends PromptQueueContract {

  private final InMemoryPromptQueue queue = new InMemoryPromptQueue();

  @Override
  protected PromptQueue queue() {
    return queue;
  }

  @Override
  protected List<Prompt> receive(int count) {
    return Stream.generate(() -> queue.poll().orElseThrow()).limit(count).toList();
  }

  @Override
  protected void assertNothingToReceive() {
    assertThat(queue.poll()).isEmpty();
  }
}
