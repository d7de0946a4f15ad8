package dev.rill.chat;

/** What became of a prompt that a worker took off the queue. */
public enum Answered {
  /** Its response has ended, now or earlier: the prompt is done with. */
  DONE,
  /** Another attempt is at it: the prompt must stay on the queue until that has ended. */
  ELSEWHERE
}
