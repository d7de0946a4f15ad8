import type { ResponseEvent } from "./types.js";

/** What to do with an event. */
export type Verdict =
  /** It is the next one. */
  | "deliver"
  /** It is the next one, and the last. */
  | "end"
  /** It was seen before, or comes after a gap that is being filled. */
  | "ignore"
  /** Events are missing before it: resume after {@link Progress.last}. */
  | "gap"
  /** It is the next one, but without some of its branches: read it over HTTP. */
  | "omitted";

const TERMINAL = new Set(["response.completed", "response.incomplete", "response.failed", "response.cancelled"]);

/**
 * How far one answer has come. A state machine without time and I/O: it takes events in any order and any number, and
 * lets each through once and in the order of their numbers.
 */
export class Progress {
  /** The number of the last event that was let through; -1 if none. */
  last: number;
  ended = false;
  /** A gap after `last` is being filled: what comes after it is no news. */
  #filling = false;

  /** @param after the number of the last event that the client has; -1 if none */
  constructor(after: number) {
    this.last = after;
  }

  take(event: ResponseEvent): Verdict {
    const terminal = TERMINAL.has(event.type);
    const number = event.sequence_number;
    // A client that asks for events after the last one is sent the terminal event again.
    if (this.ended || !Number.isInteger(number) || (number <= this.last && !terminal)) {
      return "ignore";
    }
    if (number > this.last + 1) {
      if (this.#filling) {
        return "ignore";
      }
      this.#filling = true;
      return "gap";
    }
    if ("rill:omitted" in event) {
      return "omitted";
    }
    this.#filling = false;
    this.last = number;
    this.ended = terminal;
    return terminal ? "end" : "deliver";
  }

  /** The stream begins anew, as on another socket: a gap in it is news. */
  reattach(): void {
    this.#filling = false;
  }
}
