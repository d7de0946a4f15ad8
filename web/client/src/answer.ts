import { RillError } from "./error.js";
import type { Response, ResponseEvent, ResponseStatus, Transport, Usage } from "./types.js";

/** `sending` until the server has accepted the request; then the status of the response. */
export type AnswerStatus = "sending" | ResponseStatus;

/** One answer: an iterable of its events, and its state so far. */
export interface Answer extends AsyncIterable<ResponseEvent> {
  /** The id of the response; undefined until `response.created`. */
  readonly id: string | undefined;
  readonly status: AnswerStatus;
  /** The output text so far, of the newest attempt; after the end that of the whole response. */
  readonly text: string;
  /** The newest response object that was sent. */
  readonly response: Response | undefined;
  /** What the answer has used; undefined until its end, and where the model reports nothing. */
  readonly usage: Usage | undefined;
  /** Why the answer was refused, has failed or can't be read any further. */
  readonly error: RillError | undefined;
  /** 1, and one more each time that a worker or another model has begun the output anew. */
  readonly attempt: number;
  /** How often the answer was resumed after a lost connection or a gap. */
  readonly resumes: number;
  /** The transport that the answer is on now. */
  readonly transport: Transport;
  /** The number of the last event; -1 if none. */
  readonly lastSequence: number;
  /**
   * Resolves with the response that has completed, is incomplete or was cancelled. Rejects with a {@link RillError} if
   * it has failed, was refused or can't be read. A rejection that no code handles is not reported.
   */
  readonly done: Promise<Response>;
  /** Calls the listener with each event. Returns a function that ends it. */
  on(type: "event", listener: (event: ResponseEvent) => void): () => void;
  /** Calls the listener after changes of the fields above, once for all changes of a turn of the event loop. */
  on(type: "change", listener: () => void): () => void;
  /**
   * Stops the model. The answer ends with status `cancelled` and what was written until then. If nothing was sent yet,
   * nothing is, and `done` rejects with the code `stopped`.
   */
  stop(): void;
  /**
   * An iterator of every event from the first one on, each once and in order. It ends after the terminal event, and
   * throws a {@link RillError} if there will be none.
   */
  [Symbol.asyncIterator](): AsyncIterator<ResponseEvent, undefined>;
}

/** The state behind an {@link Answer}, and its listeners and iterators. Does no I/O. */
export class AnswerState implements Answer {
  id: string | undefined;
  status: AnswerStatus = "sending";
  text = "";
  response: Response | undefined;
  usage: Usage | undefined;
  error: RillError | undefined;
  attempt = 1;
  resumes = 0;
  transport: Transport;
  lastSequence: number;
  readonly done: Promise<Response>;
  /** Stops the exchange with the server; set by it. */
  stop: () => void = () => {};

  #over = false;
  /** There will be no terminal event. */
  #cutShort = false;
  #changed = false;
  readonly #events: ResponseEvent[] = [];
  readonly #onEvent = new Set<(event: ResponseEvent) => void>();
  readonly #onChange = new Set<() => void>();
  #waiting: (() => void)[] = [];
  #resolve!: (response: Response) => void;
  #reject!: (error: RillError) => void;

  constructor(transport: Transport, lastSequence: number) {
    this.transport = transport;
    this.lastSequence = lastSequence;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.done.catch(() => {});
  }

  on(type: "event" | "change", listener: (event: ResponseEvent) => void): () => void {
    const listeners = type === "event" ? this.#onEvent : this.#onChange;
    // An own function: the same listener may be given twice.
    const own = (event: ResponseEvent) => listener(event);
    listeners.add(own as never);
    return () => {
      listeners.delete(own as never);
    };
  }

  [Symbol.asyncIterator](): AsyncIterator<ResponseEvent, undefined> {
    let position = 0;
    let left = false;
    const end = { value: undefined, done: true } as const;
    const next = async (): Promise<IteratorResult<ResponseEvent, undefined>> => {
      while (!left) {
        const event = this.#events[position];
        if (event) {
          position++;
          return { value: event, done: false };
        }
        if (this.#over) {
          left = true;
          if (this.#cutShort) {
            throw this.error;
          }
          break;
        }
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      return end;
    };
    return {
      next,
      return: async () => {
        left = true;
        this.#wakeIterators();
        return end;
      },
    };
  }

  /** Changes fields and tells the listeners. */
  update(change: Partial<Pick<AnswerState, "id" | "resumes" | "transport">>): void {
    Object.assign(this, change);
    this.#change();
  }

  /** Takes the next event. A terminal one ends the answer. */
  take(event: ResponseEvent): void {
    this.lastSequence = event.sequence_number;
    this.#events.push(event);
    this.#apply(event);
    for (const listener of this.#onEvent) {
      call(() => listener(event));
    }
    this.#wakeIterators();
    this.#change();
  }

  /** Ends the answer without a terminal event. */
  fail(error: RillError): void {
    if (!this.#over) {
      this.#cutShort = true;
      this.status = error.code === "stopped" ? "cancelled" : "failed";
      this.#end(error);
      this.#wakeIterators();
      this.#change();
    }
  }

  #apply(event: ResponseEvent): void {
    switch (event.type) {
      case "response.output_text.delta":
        this.text += event.delta;
        break;
      case "rill:response.restarted":
        this.text = "";
        this.attempt = event.attempt;
        break;
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        this.#show(event.response);
        break;
      case "response.completed":
      case "response.incomplete":
      case "response.cancelled":
      case "response.failed":
        this.#show(event.response);
        this.text = textOf(event.response);
        this.usage = event.response.usage ?? undefined;
        this.#end(event.response.status === "failed" ? failureOf(event.response) : undefined);
    }
  }

  #show(response: Response): void {
    this.id = response.id;
    this.response = response;
    this.status = response.status;
  }

  #end(error: RillError | undefined): void {
    this.#over = true;
    this.error = error;
    if (error) {
      this.#reject(error);
    } else {
      this.#resolve(this.response as Response);
    }
  }

  #wakeIterators(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) {
      wake();
    }
  }

  #change(): void {
    if (!this.#changed) {
      this.#changed = true;
      queueMicrotask(() => {
        this.#changed = false;
        for (const listener of this.#onChange) {
          call(listener);
        }
      });
    }
  }
}

/** Calls a listener. What it throws is reported as uncaught, and disturbs no other listener. */
export function call(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function textOf(response: Response): string {
  let text = "";
  for (const item of response.output ?? []) {
    if (item.type === "message") {
      for (const part of item.content ?? []) {
        text += part.type === "output_text" ? part.text : "";
      }
    }
  }
  return text;
}

function failureOf(response: Response): RillError {
  const { code, message, "rill:details": details } = response.error ?? { code: "server_error", message: "It failed." };
  return new RillError(code, message, {
    status: details?.status,
    type: "server_error",
    param: details?.param,
    retryAfter: details?.retry_after,
  });
}
