package dev.rill.chat;

/** Port: prompts on their way to a worker; at least once, in no promised order. Safe for use by many threads. */
public interface PromptQueue {

  /** Returns once the queue keeps the prompt; one subject's prompts form a group, so that nobody's flood delays the others. */
  void send(Prompt prompt);
}
