import { call } from "./answer.js";
import { type ConnectionCommand, type ConnectionInput, ConnectionMachine, type ConnectionState } from "./connection.js";
import { RillError } from "./error.js";
import { type Http, parse } from "./http.js";
import type { Clock, SocketLike, Surroundings, WebSocketConstructor } from "./platform.js";

/** How a socket is authenticated where there is a token. */
export type SocketAuthentication = "ticket" | "subprotocol";

/** One answer on the socket. */
export interface SocketUser {
  readonly streamId: string;
  /** Undefined until it is known. */
  readonly responseId: string | undefined;
  /** The socket is open: ask, or resume. */
  attach(): void;
  /** A message with this stream id has come. */
  receive(message: Record<string, unknown>): void;
  /** Sockets don't get through. */
  goHttp(): void;
  /** The client is refused, or the server can't be reached. */
  refuse(error: RillError): void;
}

export interface SocketOptions {
  url: URL;
  authentication: SocketAuthentication;
  WebSocket: WebSocketConstructor;
  http: Http;
  clock: Clock;
  random: () => number;
  surroundings: Surroundings;
  giveUpAfter: number;
}

/** The time for a handshake, in milliseconds. */
const HANDSHAKE = 10_000;

/** A token is renewed this long before its end, in milliseconds. */
const RENEWAL = 45_000;

/** The socket that all answers share. Connects while answers want it, and hands messages to them. */
export class SharedSocket {
  readonly #options: SocketOptions;
  readonly #machine: ConnectionMachine;
  readonly #users = new Map<string, SocketUser>();
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  #socket: SocketLike | undefined;
  /** The handshake that is under way; one that was given up is no more this one. */
  #handshake: object | undefined;
  #shown: ConnectionState = "idle";
  #timer: unknown;
  #renewalTimer: unknown;
  #token: string | undefined;
  #renewal: { promise: Promise<boolean>; end: (taken: boolean) => void } | undefined;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#machine = new ConnectionMachine(options.random, options.giveUpAfter);
  }

  get state(): ConnectionState {
    return this.#machine.state;
  }

  watch(listener: (state: ConnectionState) => void): () => void {
    const own = (state: ConnectionState) => listener(state);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Attaches the answer now or as soon as there is a socket, and again on each new one. */
  join(user: SocketUser): void {
    this.#users.set(user.streamId, user);
    this.on({ type: "wanted" });
    if (this.state === "open") {
      user.attach();
    } else if (this.state === "http") {
      this.leave(user);
      user.goHttp();
    }
  }

  leave(user: SocketUser): void {
    if (this.#users.delete(user.streamId) && this.#users.size === 0) {
      this.on({ type: "unwanted" });
    }
  }

  /** Sends a message; returns false if no socket is open. */
  send(message: Record<string, unknown>): boolean {
    if (this.state !== "open" || this.#socket?.readyState !== 1) {
      return false;
    }
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Closes the socket and connects again, as after the server has forgotten it. */
  reconnect(): void {
    this.#drop();
  }

  close(): void {
    this.#machine.close();
    this.#forget();
    this.#after();
  }

  /** Sends a fresh token. Resolves with whether the server has taken it. */
  renew(): Promise<boolean> {
    if (!this.#renewal) {
      let end: (taken: boolean) => void = () => {};
      const promise = new Promise<boolean>((resolve) => {
        end = (taken) => {
          this.#renewal = undefined;
          resolve(taken);
        };
      });
      this.#renewal = { promise, end };
      void this.#sendToken(end);
      return promise;
    }
    return this.#renewal.promise;
  }

  on(input: ConnectionInput): void {
    const command = this.#machine.on(input, this.#options.clock.now());
    this.#after();
    if (command) {
      this.#carryOut(command);
    }
  }

  #carryOut(command: ConnectionCommand): void {
    switch (command) {
      case "connect":
        void this.#connect();
        break;
      case "ping":
        this.send({ type: "rill:ping" });
        break;
      case "drop":
        this.#drop();
        break;
      case "fallBack":
        for (const user of this.#takeUsers()) {
          user.goHttp();
        }
        break;
      case "giveUp":
        for (const user of this.#takeUsers()) {
          user.refuse(new RillError("unreachable", "The server can't be reached."));
        }
    }
  }

  #takeUsers(): SocketUser[] {
    const users = [...this.#users.values()];
    this.#users.clear();
    return users;
  }

  /** Shows the state, and sets the timer that is due. */
  #after(): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#timer);
    const due = this.#machine.due;
    if (due !== undefined) {
      this.#timer = clock.setTimeout(() => this.on({ type: "tick" }), Math.max(0, due - clock.now()));
    }
    if (this.#shown !== this.state) {
      this.#shown = this.state;
      for (const listener of this.#listeners) {
        call(() => listener(this.#shown));
      }
    }
  }

  async #connect(): Promise<void> {
    const handshake = {};
    this.#handshake = handshake;
    let ticket = false;
    let outcome: ConnectionInput;
    try {
      const { http, authentication } = this.#options;
      const url = new URL(this.#options.url);
      const protocols = ["rill.v1"];
      const token = await http.token();
      if (token !== undefined && authentication === "subprotocol") {
        protocols.push(`rill.bearer.${base64Url(token)}`);
      } else if (token !== undefined) {
        url.searchParams.set("ticket", String((await http.json("POST", "/tickets")).ticket));
        ticket = true;
      }
      if (this.#handshake !== handshake) {
        return;
      }
      this.#token = token;
      if (await this.#open(url, protocols, handshake)) {
        return;
      }
      if (!ticket) {
        // A browser does not tell why a handshake was refused; this request is refused for the same reason.
        await http.request("GET", "/usage");
      }
      outcome = { type: "blocked" };
    } catch (error) {
      outcome = this.#failure(error as RillError);
    }
    if (this.#handshake === handshake) {
      this.#handshake = undefined;
      this.on(outcome);
    }
  }

  #failure(error: RillError): ConnectionInput {
    if (error.code === "unreachable" || error.status >= 500) {
      return { type: "unreachable", online: this.#options.surroundings.online };
    }
    for (const user of [...this.#users.values()]) {
      user.refuse(error);
    }
    return { type: "refused", after: (error.retryAfter ?? 0) * 1_000 };
  }

  /** Resolves with true once the socket is open, and with false if it is closed before. */
  #open(url: URL, protocols: string[], handshake: object): Promise<boolean> {
    return new Promise((resolve) => {
      const { clock } = this.#options;
      let socket: SocketLike;
      try {
        socket = new this.#options.WebSocket(url.href, protocols);
      } catch {
        resolve(false);
        return;
      }
      const timer = clock.setTimeout(() => {
        detach(socket);
        resolve(false);
      }, HANDSHAKE);
      const failed = () => {
        clock.clearTimeout(timer);
        detach(socket);
        resolve(false);
      };
      socket.onclose = failed;
      // Node 22 tells no close of a handshake that has failed.
      socket.onerror = failed;
      socket.onopen = () => {
        clock.clearTimeout(timer);
        resolve(true);
        if (this.#handshake === handshake) {
          this.#handshake = undefined;
          this.#use(socket);
        } else {
          detach(socket);
        }
      };
    });
  }

  #use(socket: SocketLike): void {
    this.#socket = socket;
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => this.#drop();
    socket.onerror = () => this.#drop();
    this.on({ type: "opened" });
    for (const user of [...this.#users.values()]) {
      user.attach();
    }
  }

  #drop(): void {
    if (this.#socket) {
      this.#forget();
      this.on({ type: "lost" });
    }
  }

  #forget(): void {
    this.#handshake = undefined;
    this.#options.clock.clearTimeout(this.#renewalTimer);
    if (this.#socket) {
      detach(this.#socket);
      this.#socket = undefined;
    }
    this.#renewal?.end(false);
  }

  #receive(data: unknown): void {
    const message = typeof data === "string" ? parse(data) : undefined;
    this.on({ type: "heard" });
    if (!message) {
      return;
    }
    if (typeof message.authenticated_until === "number") {
      this.#planRenewal(message.authenticated_until * 1_000);
      delete message.authenticated_until;
    }
    if (message.type === "rill:authentication_expires") {
      void this.renew();
    } else if (message.type === "rill:authenticated") {
      this.#renewal?.end(true);
    } else if (message.type === "error" && message.event_id === "authenticate") {
      this.#renewal?.end(false);
    } else {
      this.#hand(message);
    }
  }

  /** A socket is sent a response once, with the newest stream id: other answers that read the same one share it. */
  #hand(message: Record<string, unknown>): void {
    const user = this.#users.get(String(message.stream_id));
    delete message.stream_id;
    user?.receive(message);
    if (user?.responseId !== undefined && message.type !== "error") {
      for (const other of [...this.#users.values()]) {
        if (other !== user && other.responseId === user.responseId) {
          other.receive(message);
        }
      }
    }
  }

  #planRenewal(end: number): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#renewalTimer);
    // A timer takes 31 bits. One that comes too soon changes nothing: the same token is not sent again.
    const delay = Math.min(2 ** 31 - 1, Math.max(0, end - clock.now() - RENEWAL));
    this.#renewalTimer = clock.setTimeout(() => {
      if (this.#users.size > 0) {
        void this.renew();
      }
    }, delay);
  }

  async #sendToken(end: (taken: boolean) => void): Promise<void> {
    const token = await this.#options.http.token().catch(() => undefined);
    const message = { type: "rill:authenticate", token, event_id: "authenticate" };
    if (token !== undefined && token !== this.#token && this.send(message)) {
      this.#token = token;
    } else {
      end(false);
    }
  }
}

/** Closes a socket whose end no longer matters. */
function detach(socket: SocketLike): void {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
  // Without a listener, some WebSocket classes throw an error that comes later.
  socket.onerror = () => {};
  try {
    socket.close(1000);
  } catch {
    // A socket that is not open yet can't be closed in some runtimes.
  }
}

function base64Url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
