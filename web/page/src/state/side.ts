import type { Answer, ConnectionState, ResponseEvent, RillError, Transport, Usage } from "rill-client";
import { markdownOf, noOutput, type Output, outputAfter } from "./output.js";
import { type Schedule, Store } from "./store.js";
import { Timeline } from "./timeline.js";

/** What an answer is doing, as a person is told. */
export type Phase =
  | "sending"
  | "queued"
  | "running"
  | "reconnecting"
  | "completed"
  | "stopped"
  | "incomplete"
  | "failed";

/** How an answer came to be shown: asked here, or read again from the server. */
export type Origin = "asked" | "followed";

/** Seconds of silence after which a person is told of it. */
const remarkableSilence = 3;

export interface SideOptions {
  /** The transport that was asked for; the answer may go over another one */
  readonly transport: Transport;
  readonly origin: Origin;
  readonly now: () => number;
  readonly schedule: Schedule;
}

/** One answer as it is shown on its side: the output, the timeline and the state. */
export class Side extends Store {
  readonly answer: Answer;
  readonly origin: Origin;
  /** The transport that was asked for */
  readonly transport: Transport;
  readonly timeline: Timeline;
  output: Output = noOutput;
  readonly #now: () => number;
  #resumes = 0;
  #connection: ConnectionState | undefined;

  constructor(answer: Answer, options: SideOptions) {
    super(options.schedule);
    this.answer = answer;
    this.origin = options.origin;
    this.transport = options.transport;
    this.#now = options.now;
    this.timeline = new Timeline(options.now());
    answer.on("event", (event) => this.#take(event));
    answer.on("change", () => this.#change());
  }

  get phase(): Phase {
    return phaseOf(this.answer, this.#connection);
  }

  get ended(): boolean {
    return isEnd(this.answer.status);
  }

  get markdown(): string {
    return markdownOf(this.output);
  }

  get usage(): Usage | undefined {
    return this.answer.usage;
  }

  get error(): RillError | undefined {
    return this.answer.error;
  }

  /** Why the answer is incomplete; undefined if it is not. */
  get incompleteReason(): string | undefined {
    return this.answer.status === "incomplete" ? this.answer.response?.incomplete_details?.reason : undefined;
  }

  /** Whole seconds that the answer has waited, or waits, in a queue. */
  queuedSeconds(now: number): number | undefined {
    const since = this.timeline.last("queued");
    const until = this.timeline.last("running");
    if (since === undefined) {
      return undefined;
    }
    return Math.floor(((until !== undefined && until > since ? until : now) - since) / 1000);
  }

  /** Whole seconds for which a running answer has brought nothing; undefined if it is not running, or for a moment only. */
  silentSeconds(now: number): number | undefined {
    const seconds = Math.floor((now - this.timeline.lastEvent) / 1000);
    return this.phase === "running" && seconds >= remarkableSilence ? seconds : undefined;
  }

  /** The state of the socket, as far as this answer needs it. */
  connectionChanged(state: ConnectionState): void {
    if (this.ended || this.answer.transport !== "websocket") {
      return;
    }
    const lost = this.#connection === "open" && state !== "open";
    this.#connection = state;
    if (lost && this.answer.id !== undefined) {
      this.timeline.mark("cut", this.#now());
    }
    this.changed();
  }

  #take(event: ResponseEvent): void {
    this.timeline.take(event, this.#now());
    this.output = outputAfter(this.output, event);
    this.changed();
  }

  #change(): void {
    if (this.answer.resumes > this.#resumes) {
      this.#resumes = this.answer.resumes;
      this.timeline.mark("resumed", this.#now());
    }
    if (this.ended && this.timeline.end === undefined) {
      this.timeline.mark("end", this.#now());
    }
    this.changed();
  }
}

export function isEnd(status: Answer["status"]): boolean {
  return status === "completed" || status === "incomplete" || status === "failed" || status === "cancelled";
}

/** What the status of an answer and the state of its socket mean together. */
export function phaseOf(answer: Pick<Answer, "status" | "transport">, connection: ConnectionState | undefined): Phase {
  switch (answer.status) {
    case "cancelled":
      return "stopped";
    case "completed":
    case "incomplete":
    case "failed":
      return answer.status;
    default:
      break;
  }
  const lost = connection === "waiting" || connection === "offline" || connection === "connecting";
  if (answer.transport === "websocket" && lost && answer.status !== "sending") {
    return "reconnecting";
  }
  return answer.status === "in_progress" ? "running" : answer.status;
}
