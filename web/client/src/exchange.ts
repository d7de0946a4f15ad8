import type { AnswerState } from "./answer.js";
import { backoff } from "./backoff.js";
import { SLEPT } from "./connection.js";
import { errorOf, RillError } from "./error.js";
import { SILENCE as HTTP_SILENCE, type Http } from "./http.js";
import type { Clock, Surroundings } from "./platform.js";
import { Progress } from "./progress.js";
import type { SharedSocket, SocketUser } from "./socket.js";
import type { ResponseEvent } from "./types.js";

/** What all answers of a client share. */
export interface Link {
  http: Http;
  socket: SharedSocket;
  clock: Clock;
  random: () => number;
  surroundings: Surroundings;
  giveUpAfter: number;
  /** The answers that have not ended. */
  running: Set<Exchange>;
}

/** What is asked: a new response, or the rest of one. */
export type Question = { body: Record<string, unknown>; key: string } | { responseId: string };

/** An answer without an event for this time is resumed: its worker may be dead. */
const SILENCE = 30_000;

/** Times that a request is sent again after an error of the server, without an event between. */
const REPEATS = 4;

/** The longest that a function runs, in milliseconds: its model may take so long to accept a request. */
const LONGEST_FUNCTION = 900_000;

/** A stream that was open for so long was a good one, also if it has brought comment lines alone. */
const STABLE = 10_000;

/** A stream that was cut is continued within this time: some servers stop an answer that has no reader. */
const AT_ONCE = 250;

/** The exchange of one answer with the server: asks, resumes and stops it, over either transport. */
export class Exchange implements SocketUser {
  readonly streamId: string;
  readonly #link: Link;
  readonly #answer: AnswerState;
  readonly #question: Question;
  readonly #progress: Progress;
  readonly #abort = new AbortController();
  /** Undefined until `response.created`. */
  responseId: string | undefined;
  #stopping = false;
  /** The request was sent, so the server may have accepted it. */
  #sent = false;
  #sentBySocket = false;
  #overHttp = false;
  /** The last stream over HTTP has sent an event or a comment line, so the server was reached. */
  #heard = false;
  #attached = false;
  /** Over HTTP: a stream is open, or was when it was lost. */
  #streaming = false;
  /** Over HTTP: the next stream goes on after a lost one, once there is one. */
  #resuming = false;
  /** Over HTTP: a cancel is being sent. */
  #cancelling = false;
  /** Cancels that a socket has refused. */
  #cancelRefusals = 0;
  #failures = 0;
  #newsAt = 0;
  #silenceTimer: unknown;
  #repeatTimer: unknown;
  /** Each ends a pause at once. */
  readonly #pauses = new Set<() => void>();

  constructor(link: Link, streamId: string, answer: AnswerState, question: Question) {
    this.streamId = streamId;
    this.#link = link;
    this.#answer = answer;
    this.#question = question;
    this.#progress = new Progress(answer.lastSequence);
    this.responseId = "responseId" in question ? question.responseId : undefined;
    link.running.add(this);
  }

  start(): void {
    if (this.#answer.transport === "http") {
      this.goHttp();
    } else {
      this.#link.socket.join(this);
    }
  }

  stop(): void {
    if (this.#stopping || !this.#link.running.has(this)) {
      return;
    }
    this.#stopping = true;
    if (this.responseId !== undefined) {
      this.#cancel();
    } else if (!this.#sent) {
      this.end(new RillError("stopped", "The answer was stopped before it was asked for."));
    }
  }

  /** Ends the answer, if it has not ended, and everything that is done for it. */
  end(error?: RillError): void {
    const { clock, socket, running } = this.#link;
    running.delete(this);
    socket.leave(this);
    clock.clearTimeout(this.#silenceTimer);
    clock.clearTimeout(this.#repeatTimer);
    this.#abort.abort();
    this.hurry();
    if (error) {
      this.#answer.fail(error);
    }
  }

  /** The device is online or awake again: what waits to be tried again is tried now. */
  hurry(): void {
    for (const end of [...this.#pauses]) {
      end();
    }
  }

  // ---- over the socket ----------------------------------------------------------------------------------------------

  attach(): void {
    const resumes = this.#attached && this.responseId !== undefined;
    this.#attached = true;
    this.#progress.reattach();
    if (resumes) {
      this.#countResume();
    }
    this.#askOrResume();
  }

  receive(message: Record<string, unknown>): void {
    if (message.type === "error") {
      this.#refused(message);
    } else {
      this.#take(message as unknown as ResponseEvent);
    }
  }

  refuse(error: RillError): void {
    // Too many requests now: an answer that runs can wait until there are less.
    if (error.status !== 429 || this.responseId === undefined) {
      this.end(error);
    }
  }

  #askOrResume(): void {
    this.#link.clock.clearTimeout(this.#repeatTimer);
    this.#newsAt = this.#link.clock.now();
    this.#watchSilence();
    const stream_id = this.streamId;
    if (this.responseId === undefined) {
      const { body, key } = this.#question as { body: Record<string, unknown>; key: string };
      if (this.#link.socket.send({ ...body, type: "response.create", event_id: key, stream_id })) {
        this.#sent = true;
        this.#sentBySocket = true;
      }
      return;
    }
    this.#link.socket.send({
      type: "rill:response.resume",
      response_id: this.responseId,
      starting_after: this.#progress.last,
      stream_id,
    });
    if (this.#stopping) {
      this.#cancel();
    }
  }

  #watchSilence(): void {
    const { clock } = this.#link;
    clock.clearTimeout(this.#silenceTimer);
    this.#silenceTimer = clock.setTimeout(
      () => {
        if (clock.now() - this.#newsAt < SILENCE) {
          this.#watchSilence();
        } else if (this.#link.socket.state === "open") {
          this.#progress.reattach();
          this.#askOrResume();
        }
      },
      Math.max(0, this.#newsAt + SILENCE - clock.now()),
    );
  }

  #refused(message: Record<string, unknown>): void {
    const headers = message.headers as Record<string, string> | undefined;
    const error = errorOf(Number(message.status), message, headers?.["retry-after"]);
    if (message.event_id === CANCEL) {
      void this.#cancelRefused(error);
      return;
    }
    switch (error.code) {
      case "superseded":
      case "response_too_large":
        // HTTP has no limit of readers, nor one of size.
        this.goHttp();
        return;
      case "connection_expired":
        this.#link.socket.reconnect();
        return;
      case "authentication_expired":
        void this.#renew(error);
        return;
      default:
        if (this.#learnId(error)) {
          this.#askOrResume();
        } else if (error.status >= 500 && this.#failures < REPEATS) {
          this.#link.clock.clearTimeout(this.#repeatTimer);
          this.#repeatTimer = this.#link.clock.setTimeout(
            () => this.#askOrResume(),
            backoff(this.#failures++, this.#link.random),
          );
        } else {
          this.end(error);
        }
    }
  }

  /** Asks again with a fresh token; without one, a new handshake succeeds or tells what is wrong. */
  async #renew(error: RillError): Promise<void> {
    if (this.#failures++ >= REPEATS) {
      this.end(error);
    } else if (await this.#link.socket.renew()) {
      this.#askOrResume();
    } else {
      this.#link.socket.reconnect();
    }
  }

  /** A repeat of a request that is not stored is refused with the id of its response, which can be read from 0 on. */
  #learnId(error: RillError): boolean {
    const id = error.code === "response_not_stored" && /resp_[0-9a-f]{32}/.exec(error.message)?.[0];
    if (!id || this.responseId !== undefined) {
      return false;
    }
    this.responseId = id;
    this.#progress.last = 0;
    this.#answer.update({ id });
    return true;
  }

  // ---- over HTTP ----------------------------------------------------------------------------------------------------

  goHttp(): void {
    if (this.#overHttp || !this.#link.running.has(this)) {
      return;
    }
    this.#overHttp = true;
    this.#link.socket.leave(this);
    this.#link.clock.clearTimeout(this.#silenceTimer);
    this.#link.clock.clearTimeout(this.#repeatTimer);
    this.#resuming = this.#attached && this.responseId !== undefined;
    this.#answer.update({ transport: "http" });
    this.#runHttp().catch((thrown) => this.end(new RillError("unexpected", String(thrown), { cause: thrown })));
  }

  async #runHttp(): Promise<void> {
    const { clock, surroundings, giveUpAfter, running } = this.#link;
    let failures = 0;
    let failingSince: number | undefined;
    while (running.has(this)) {
      const before = this.#progress.last;
      const begun = clock.now();
      let failure: RillError | undefined;
      this.#heard = false;
      try {
        await this.#readHttp();
        if (!this.#heard) {
          failure = new RillError("unreachable", "The server's streams end without an event.");
        }
      } catch (thrown) {
        failure = thrown instanceof RillError ? thrown : new RillError("unexpected", String(thrown), { cause: thrown });
        if (!this.#learnId(failure) && !this.#mayPass(failure)) {
          this.end(failure);
        }
      }
      if (!running.has(this)) {
        return;
      }
      const took = clock.now() - begun;
      if (this.#heard || !failure || !surroundings.online || took > this.#longestTry() + SLEPT) {
        failingSince = undefined;
      } else {
        failingSince ??= clock.now();
        if (clock.now() - failingSince > giveUpAfter) {
          if (!(await this.#isWorkedOn())) {
            this.end(failure);
            return;
          }
          failingSince = undefined;
        }
      }
      if (this.#progress.last > before || (this.#heard && took >= STABLE)) {
        failures = 0;
      }
      if (this.#streaming) {
        this.#streaming = false;
        this.#resuming = this.responseId !== undefined;
      }
      const delay = failures++ ? backoff(failures - 2, this.#link.random) : AT_ONCE * this.#link.random();
      const slept = await this.#pause(Math.max((failure?.retryAfter ?? 0) * 1_000, delay));
      if (slept) {
        failingSince = undefined;
      }
    }
  }

  /** The longest that a try takes in which the server says nothing, in milliseconds. A longer one has slept. */
  #longestTry(): number {
    return this.responseId === undefined ? LONGEST_FUNCTION : 2 * HTTP_SILENCE;
  }

  async #readHttp(): Promise<void> {
    const { http } = this.#link;
    const signal = this.#abort.signal;
    let response: Response;
    if (this.responseId === undefined) {
      const { body, key } = this.#question as { body: Record<string, unknown>; key: string };
      // The key stands for the same response only if the body is the same, so one that a socket was sent stays as it is.
      const stream = this.#sentBySocket ? {} : { stream: true };
      const onSend = () => {
        this.#sent = true;
      };
      const patience = LONGEST_FUNCTION;
      const options = { body: JSON.stringify({ ...body, ...stream }), key, signal, patience, onSend };
      response = await http.request("POST", "/responses", options);
      if (!response.headers.get("content-type")?.includes("event-stream")) {
        const whole = (await http.body(response)) as { id: string; store?: boolean };
        if (typeof whole?.id !== "string") {
          throw new RillError("unexpected", "The server's response has no id.");
        }
        this.responseId = whole.id;
        this.#progress.last = whole.store === false ? 0 : -1;
        this.#heard = true;
        return;
      }
    } else {
      if (this.#stopping) {
        this.#cancel();
      }
      const path = `/responses/${this.responseId}?stream=true&starting_after=${this.#progress.last}`;
      response = await http.request("GET", path, { signal });
      if (this.#resuming) {
        this.#resuming = false;
        this.#countResume();
      }
    }
    this.#streaming = true;
    this.#progress.reattach();
    for await (const event of http.events(response)) {
      this.#heard = true;
      if (event) {
        this.#take(event);
      }
      if (this.#progress.ended) {
        return;
      }
    }
  }

  /**
   * Whether the server says that the response has not ended. Streams that carry nothing do not tell a model that thinks,
   * whose streams are cut or held back before the first comment line, from a server that can't answer.
   */
  async #isWorkedOn(): Promise<boolean> {
    if (this.responseId === undefined) {
      return false;
    }
    try {
      const path = `/responses/${this.responseId}`;
      const { status } = await this.#link.http.json("GET", path, { signal: this.#abort.signal });
      return status === "queued" || status === "in_progress";
    } catch {
      return false;
    }
  }

  /** Whether an error over HTTP is a reason to try again. */
  #mayPass(error: RillError): boolean {
    return (
      isOutage(error) ||
      error.code === "response_unfinished" ||
      error.code === "authentication_unavailable" ||
      (this.responseId !== undefined && (error.status === 429 || error.status >= 500))
    );
  }

  /** Resolves after this time, or earlier; with true if the machine has slept meanwhile. */
  #pause(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const { clock } = this.#link;
      const due = clock.now() + milliseconds;
      const end = () => {
        clock.clearTimeout(timer);
        this.#pauses.delete(end);
        resolve(clock.now() - due > SLEPT);
      };
      const timer = clock.setTimeout(end, milliseconds);
      this.#pauses.add(end);
    });
  }

  // ---- over both ----------------------------------------------------------------------------------------------------

  #take(event: ResponseEvent): void {
    if (!this.#link.running.has(this)) {
      return; // Ended amid the events of one piece of a stream, as by a listener that closes the client.
    }
    const verdict = this.#progress.take(event);
    switch (verdict) {
      case "ignore":
        return;
      case "gap":
        if (!this.#overHttp) {
          this.#countResume();
          this.#askOrResume();
        }
        return;
      case "omitted":
        this.goHttp();
        return;
      case "deliver":
      case "end":
        this.#newsAt = this.#link.clock.now();
        this.#failures = 0;
        this.#answer.take(event);
        if (verdict === "end") {
          this.end();
        } else if (this.responseId === undefined && this.#answer.id !== undefined) {
          this.responseId = this.#answer.id;
          if (this.#stopping) {
            this.#cancel();
          }
        }
    }
  }

  /** Sends a cancel, until the server has taken it or the answer has ended. */
  #cancel(): void {
    const response_id = this.responseId;
    const message = { type: "response.cancel", response_id, stream_id: this.streamId, event_id: CANCEL };
    if (this.#overHttp || !this.#link.socket.send(message)) {
      void this.#cancelOverHttp();
    }
  }

  async #cancelOverHttp(): Promise<void> {
    if (this.#cancelling) {
      return;
    }
    const { http, random, running } = this.#link;
    this.#cancelling = true;
    for (let refusals = 0; running.has(this); refusals++) {
      try {
        await http.request("POST", `/responses/${this.responseId}/cancel`, { signal: this.#abort.signal });
        break;
      } catch (error) {
        if (!mayBeTaken(error as RillError, refusals)) {
          break;
        }
      }
      await this.#pause(backoff(refusals, random));
    }
    this.#cancelling = false;
  }

  /** On a socket. An answer that has ended meanwhile is a refusal for good. */
  async #cancelRefused(error: RillError): Promise<void> {
    if (error.code === "authentication_expired") {
      if (!(await this.#link.socket.renew())) {
        this.#link.socket.reconnect(); // The cancel is sent again on the next one.
        return;
      }
    } else if (!mayBeTaken(error, this.#cancelRefusals)) {
      return;
    }
    await this.#pause(backoff(this.#cancelRefusals++, this.#link.random));
    if (this.#link.running.has(this)) {
      this.#cancel();
    }
  }

  #countResume(): void {
    this.#answer.update({ resumes: this.#answer.resumes + 1 });
  }
}

/** Whether the network or something before the function has failed. */
function isOutage(error: RillError): boolean {
  return error.code === "unreachable" || error.code.startsWith("http_5");
}

/** Whether a cancel that was refused so often before is worth another try; a fresh token may be good. */
function mayBeTaken(error: RillError, refusals: number): boolean {
  return isOutage(error) || error.status === 429 || error.status >= 500 || (error.status === 401 && refusals < REPEATS);
}

/** The `event_id` of a cancel, by which its errors are known: the answer has ended then, or will. */
const CANCEL = "cancel";
