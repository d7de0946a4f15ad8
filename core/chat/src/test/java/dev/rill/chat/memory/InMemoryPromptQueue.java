package dev.rill.chat.memory;

import dev.rill.chat.Prompt;
import dev.rill.chat.PromptQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A queue that delivers once and in order; whoever plays the worker takes from it, and says how much time has passed for it. */
public final class InMemoryPromptQueue implements PromptQueue {

  private final List<Sending> prompts = new ArrayList<>();

  @Override
  public synchronized void send(List<Sending> sent) {
    prompts.addAll(sent);
  }

  /** Takes the oldest prompt that is to be seen at once; empty if none waits. */
  public Optional<Prompt> poll() {
    return poll(Duration.ZERO);
  }

  /** Takes the oldest prompt that is to be seen after this time or earlier; empty if none waits. */
  public synchronized Optional<Prompt> poll(Duration after) {
    var due = prompts.stream().filter(sending -> sending.delay().compareTo(after) <= 0).findFirst();
    due.ifPresent(prompts::remove);
    return due.map(Sending::prompt);
  }

  /** What waits now, with its delays, oldest first; nothing is taken. */
  public synchronized List<Sending> waiting() {
    return List.copyOf(prompts);
  }
}
