package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.Group;
import dev.rill.chat.Prompt;
import dev.rill.chat.PromptQueue;
import dev.rill.chat.PromptQueue.Sending;
import dev.rill.chat.ResponseId;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link PromptQueue} does. */
public abstract class PromptQueueContract {

  /** The adapter; its queue is empty when a test begins. */
  protected abstract PromptQueue queue();

  /** What a worker receives: waits until this many prompts have come, in whatever order, or fails. */
  protected abstract List<Prompt> receive(int count);

  @Test
  void deliversEveryPrompt() {
    var prompts = IntStream.range(0, 25)
        .mapToObj(i -> new Prompt(new ResponseId("resp_" + i), new Group("user-" + i % 3),
            i % 2 == 0 ? Prompt.Kind.ASK : Prompt.Kind.CHECK))
        .toList();

    queue().send(prompts.stream().map(PromptQueueContract::atOnce).toList());

    assertThat(receive(prompts.size())).containsExactlyInAnyOrderElementsOf(prompts);
  }

  @ParameterizedTest
  @ValueSource(strings = {"anonymous", "auth0|5f7c8ec7c33c6c004bbafe82", "zoë 😀 \"quoted\" \\ \u0001", "a\nb\tc", "#",
      "\uffff"})
  void keepsAnyGroup(String group) {
    var prompt = new Prompt(new ResponseId("resp_1"), new Group(group), Prompt.Kind.ASK);

    queue().send(List.of(atOnce(prompt)));

    assertThat(receive(1)).containsExactly(prompt);
  }

  @Test
  void keepsALongGroup() {
    var prompt = new Prompt(new ResponseId("resp_1"), new Group("s".repeat(2_000)), Prompt.Kind.ASK);

    queue().send(List.of(atOnce(prompt)));

    assertThat(receive(1)).containsExactly(prompt);
  }

  private static Sending atOnce(Prompt prompt) {
    return new Sending(prompt, Duration.ZERO);
  }
}
