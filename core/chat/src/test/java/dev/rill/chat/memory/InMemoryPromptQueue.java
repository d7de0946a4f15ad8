package dev.rill.chat.memory;

import dev.rill.chat.Prompt;
import dev.rill.chat.PromptQueue;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A queue that delivers once and in order; whoever plays the worker takes from it. */
public final class InMemoryPromptQueue implements PromptQueue {

  private final ConcurrentLinkedQueue<Prompt> prompts = new ConcurrentLinkedQueue<>();

  @Override
  public void send(Prompt prompt) {
    prompts.add(prompt);
  }

  /** Takes the oldest prompt; empty if none waits. */
  public Optional<Prompt> poll() {
    return Optional.ofNullable(prompts.poll());
  }

  /** What waits now, oldest first; nothing is taken. */
  public List<Prompt> waiting() {
    return List.copyOf(prompts);
  }
}
