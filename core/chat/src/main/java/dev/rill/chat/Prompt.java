package dev.rill.chat;

/** A message of the queue: which response to answer. The request itself waits in the log. */
public record Prompt(ResponseId responseId, Subject subject) {}
