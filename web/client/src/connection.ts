import { backoff } from "./backoff.js";

/**
 * - `idle`: no answer needs a socket
 * - `connecting`: a handshake is under way
 * - `open`: answers come over the socket
 * - `waiting`: before the next try to connect
 * - `offline`: as `waiting`, while the device says that it is offline
 * - `http`: sockets don't get through, so answers go over HTTP
 * - `closed`: by `close()`
 */
export type ConnectionState = "idle" | "connecting" | "open" | "waiting" | "offline" | "http" | "closed";

/** What happens to the connection. */
export type ConnectionInput =
  /** Answers need the socket, or one more does. */
  | { type: "wanted" }
  /** No answer needs it any more. */
  | { type: "unwanted" }
  | { type: "opened" }
  /** A message has come. */
  | { type: "heard" }
  /** The open socket was lost. */
  | { type: "lost" }
  /** A handshake has failed although the server answers over HTTP. */
  | { type: "blocked" }
  /** A handshake has failed, and so does HTTP. */
  | { type: "unreachable"; online: boolean }
  /** The server has refused this client. What still wants the socket waits at least `after` milliseconds. */
  | { type: "refused"; after: number }
  | { type: "online" }
  | { type: "offline" }
  /** The page is visible again. */
  | { type: "shown" }
  /** The time {@link ConnectionMachine.due} has come. */
  | { type: "tick" };

/** What is to be done. */
export type ConnectionCommand =
  | "connect"
  | "ping"
  /** The socket is dead: close it, and report it as lost. */
  | "drop"
  /** Move the answers of the socket to HTTP. */
  | "fallBack"
  /** Fail the answers: the server was not reached for too long. */
  | "giveUp";

/** A socket that was silent for this time is pinged, while answers wait. */
const HEARTBEAT = 15_000;
/** The time for an answer to a ping. */
const PONG = 10_000;
/** The same after sleep, or when the page is shown again: the socket is probably dead. */
const QUICK_PONG = 5_000;
/** A timer that is later than this, in milliseconds, was stopped with the machine. */
export const SLEPT = 5_000;
/** The longest that a try to connect takes, in milliseconds: a ticket, a handshake, and the question what is wrong. */
const LONGEST_TRY = 190_000;
/** A socket that has lived for this time was a good one. */
const STABLE = 3_000;
/** Failed handshakes in a row after which answers go over HTTP. */
const TRIES = 3;
/** The time before a socket is tried again after that; doubles up to 16 times as long. */
const HTTP_PERIOD = 60_000;

/**
 * When to connect, ping, give a socket up and use HTTP instead. A state machine without time and I/O: {@link on} takes
 * what has happened and returns what is to be done, and `tick` is due at {@link due}.
 */
export class ConnectionMachine {
  state: ConnectionState = "idle";
  /** When `tick` is due, in milliseconds of the clock; undefined if never. */
  due: number | undefined;

  readonly #random: () => number;
  readonly #giveUpAfter: number;
  #wanted = false;
  /** Losses and failed tries since the last good socket. */
  #failures = 0;
  /** Handshakes in a row that have failed although HTTP works. */
  #blocked = 0;
  #failingSince: number | undefined;
  #triedAt = 0;
  #openedAt = 0;
  #heardAt = 0;
  #proven = false;
  #pinged = false;
  /** In state `http`: a socket is tried beside it. */
  #trying = false;
  #tryAt = 0;
  #periods = 0;

  /** @param giveUpAfter milliseconds of vain tries while the device is online */
  constructor(random: () => number, giveUpAfter: number) {
    this.#random = random;
    this.#giveUpAfter = giveUpAfter;
  }

  close(): void {
    this.state = "closed";
    this.due = undefined;
  }

  on(input: ConnectionInput, now: number): ConnectionCommand | undefined {
    switch (this.state) {
      case "closed":
        return undefined;
      case "http":
        return this.#onHttp(input, now);
      case "open":
        return this.#onOpen(input, now);
      default:
        return this.#onUnconnected(input, now);
    }
  }

  #onUnconnected(input: ConnectionInput, now: number): ConnectionCommand | undefined {
    switch (input.type) {
      case "wanted":
        this.#wanted = true;
        return this.state === "idle" ? this.#connect(now) : undefined;
      case "unwanted":
        this.#wanted = false;
        this.#failingSince = undefined;
        if (this.state !== "connecting") {
          this.#rest();
        }
        return undefined;
      case "opened":
        return this.#open(now);
      case "blocked":
        return this.#fail(now, true);
      case "unreachable":
        return this.#miss(input.online, now);
      case "refused":
        this.#wait(now, "waiting", input.after);
        return undefined;
      case "offline":
        if (this.state === "waiting") {
          this.state = "offline";
        }
        return undefined;
      case "online":
        if (this.#isWaiting()) {
          // Every device of a house is online again at the same time.
          this.#failures = 0;
          this.#failingSince = undefined;
          this.state = "waiting";
          this.due = now + this.#random() * 1_000;
        }
        return undefined;
      case "shown":
        return this.#isWaiting() ? this.#connect(now) : undefined;
      case "tick":
        if (this.due !== undefined && now - this.due > SLEPT) {
          this.#failingSince = undefined;
        }
        return this.#isWaiting() ? this.#connect(now) : undefined;
      case "heard":
      case "lost":
        return undefined;
    }
  }

  #onOpen(input: ConnectionInput, now: number): ConnectionCommand | undefined {
    switch (input.type) {
      case "wanted":
        this.#wanted = true;
        if (now - this.#heardAt >= HEARTBEAT) {
          return this.#pinged ? undefined : this.#ping(now, PONG);
        }
        this.due ??= this.#heardAt + HEARTBEAT;
        return undefined;
      case "unwanted":
        this.#wanted = false;
        return undefined;
      case "heard":
        this.#heardAt = now;
        this.#proven = true;
        this.#pinged = false;
        this.#blocked = 0;
        this.#failingSince = undefined;
        this.#periods = 0;
        return undefined;
      case "lost":
        return this.#lose(now);
      case "shown":
      case "online":
      case "offline":
        return this.#wanted ? this.#ping(now, QUICK_PONG) : undefined;
      case "tick":
        return this.#beat(now);
      default:
        return undefined;
    }
  }

  #onHttp(input: ConnectionInput, now: number): ConnectionCommand | undefined {
    switch (input.type) {
      case "wanted":
        if (this.#trying || now < this.#tryAt) {
          return undefined;
        }
        this.#trying = true;
        return "connect";
      case "online":
        this.#tryAt = now;
        return undefined;
      case "opened":
        return this.#open(now);
      case "blocked":
      case "unreachable":
      case "refused":
        this.#fallBackFor(now);
        return undefined;
      default:
        return undefined;
    }
  }

  #connect(now: number): ConnectionCommand {
    this.#triedAt = now;
    this.state = "connecting";
    this.due = undefined;
    return "connect";
  }

  #open(now: number): ConnectionCommand {
    this.state = "open";
    this.#trying = false;
    this.#openedAt = now;
    this.#heardAt = now;
    this.#proven = false;
    // The answer to the ping says that messages get through, and until when the client is authenticated.
    return this.#ping(now, PONG);
  }

  #ping(now: number, patience: number): ConnectionCommand {
    this.#pinged = true;
    this.due = Math.min(this.due ?? Number.POSITIVE_INFINITY, now + patience);
    return "ping";
  }

  #beat(now: number): ConnectionCommand | undefined {
    const late = now - (this.due ?? now);
    this.due = undefined;
    if (!this.#wanted && this.#proven) {
      this.#pinged = false;
      return undefined;
    }
    if (this.#pinged) {
      return "drop";
    }
    if (late > SLEPT) {
      return this.#ping(now, QUICK_PONG);
    }
    if (now - this.#heardAt >= HEARTBEAT) {
      return this.#ping(now, PONG);
    }
    this.due = this.#heardAt + HEARTBEAT;
    return undefined;
  }

  #lose(now: number): ConnectionCommand | undefined {
    this.#pinged = false;
    if (!this.#proven) {
      return this.#fail(now, true);
    }
    if (now - this.#openedAt >= STABLE) {
      this.#failures = 0;
    }
    return this.#fail(now, false);
  }

  #fail(now: number, blocked: boolean): ConnectionCommand | undefined {
    if (blocked && ++this.#blocked >= TRIES) {
      this.#fallBackFor(now);
      return "fallBack";
    }
    this.#wait(now, "waiting", 0);
    return undefined;
  }

  #miss(online: boolean, now: number): ConnectionCommand | undefined {
    if (!online) {
      this.#failingSince = undefined;
      this.#wait(now, "offline", 0);
      return undefined;
    }
    if (now - this.#triedAt > LONGEST_TRY + SLEPT) {
      this.#failingSince = undefined;
    }
    this.#failingSince ??= now;
    if (now - this.#failingSince >= this.#giveUpAfter) {
      this.#failingSince = undefined;
      this.#wanted = false;
      this.#rest();
      return "giveUp";
    }
    this.#wait(now, "waiting", 0);
    return undefined;
  }

  #wait(now: number, state: "waiting" | "offline", atLeast: number): void {
    if (!this.#wanted) {
      this.#rest();
      return;
    }
    this.state = state;
    this.due = now + Math.max(atLeast, backoff(this.#failures++, this.#random));
  }

  #fallBackFor(now: number): void {
    this.state = "http";
    this.due = undefined;
    this.#trying = false;
    this.#wanted = false;
    this.#failures = 0;
    this.#tryAt = now + HTTP_PERIOD * 2 ** Math.min(4, this.#periods++) * (0.5 + this.#random());
  }

  #rest(): void {
    this.state = "idle";
    this.due = undefined;
    this.#failures = 0;
  }

  #isWaiting(): boolean {
    return this.state === "waiting" || this.state === "offline";
  }
}
