package dev.rill.chat.contract;

import dev.rill.chat.memory.ResponseIds;
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

  /** Asserts that a worker would receive nothing now. */
  protected abstract void assertNothingToReceive();

  @Test
  void deliversEveryPrompt() {
    var prompts = IntStream.range(0, 25)
        .mapToObj(i -> new Prompt(ResponseIds.of(i), new Group("group-" + i % 3),
            i % 2 == 0 ? Prompt.Kind.ASK : Prompt.Kind.CHECK))
        .toList();

    queue().send(prompts.stream().map(PromptQueueContract::now).toList());

    assertThat(receive(prompts.size())).containsExactlyInAnyOrderElementsOf(prompts);
  }

  @Test
  void sendsNothing() {
    queue().send(List.of());

    assertNothingToReceive();
  }

  @Test
  void holdsBackWhatIsToBeSeenLater() {
    var ask = new Prompt(ResponseIds.of(1), new Group("g"), Prompt.Kind.ASK);
    var check = new Prompt(ResponseIds.of(1), new Group("g"), Prompt.Kind.CHECK);

    queue().send(List.of(new Sending(check, Duration.ofMinutes(15)), now(ask)));

    assertThat(receive(1)).containsExactly(ask);
    assertNothingToReceive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"anonymous", "auth0|5f7c8ec7c33c6c004bbafe82", "zoë 😀 \"quoted\" \\ \u0001", "a\nb\tc", "#",
      "\uffff"})
  void keepsAnyGroup(String group) {
    assertKept(new Group(group));
  }

  @Test
  void keepsALongGroup() {
    assertKept(new Group("s".repeat(2_000)));
  }

  private void assertKept(Group group) {
    var prompt = new Prompt(ResponseIds.of(1), group, Prompt.Kind.ASK);

    queue().send(List.of(now(prompt)));

    assertThat(receive(1)).containsExactly(prompt);
  }

  private static Sending now(Prompt prompt) {
    return new Sending(prompt, Duration.ZERO);
  }
}
