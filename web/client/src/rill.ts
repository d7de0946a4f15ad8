import { type Answer, AnswerState } from "./answer.js";
import type { ConnectionState } from "./connection.js";
import { RillError } from "./error.js";
import { Exchange, type Link, type Question } from "./exchange.js";
import { Http, type TokenSource } from "./http.js";
import {
  type Clock,
  type Surroundings,
  systemClock,
  systemSurroundings,
  type WebSocketConstructor,
} from "./platform.js";
import { SharedSocket, type SocketAuthentication } from "./socket.js";
import type { ResponseRequest, Transport } from "./types.js";

export interface RillOptions {
  /** Base URL of the HTTP API, with or without `/v1`. In a page it may be relative. */
  url: string | URL;
  /** URL of the WebSocket; by default the host of `url` by `ws` or `wss`, with the path `/v1/responses`. */
  socketUrl?: string | URL | undefined;
  /** API key or token, or a function that returns a fresh one. It is asked at each handshake and each request. */
  token?: TokenSource;
  /** How a socket is authenticated where there is a token; by default `ticket`. */
  socketAuthentication?: SocketAuthentication | undefined;
  /** The default transport of `ask` and `resume`; by default `websocket`. */
  transport?: Transport | undefined;
  /** The model of requests that name none; by default the server's. */
  model?: string | undefined;
  /** How long an answer waits for a server that can't be reached, in milliseconds; by default 120,000. Time in which the device is offline does not count. */
  giveUpAfter?: number | undefined;
  /** By default that of the runtime; without one, answers go over HTTP. */
  WebSocket?: WebSocketConstructor | undefined;
  fetch?: typeof fetch | undefined;
  clock?: Clock | undefined;
  /** From 0 (inclusive) to 1. */
  random?: (() => number) | undefined;
  surroundings?: Surroundings | undefined;
}

export interface AnswerOptions {
  /** By default that of the client. A request over 31 KB and one in the background go over HTTP in any case. */
  transport?: Transport | undefined;
  /** Stops the answer, as `stop()` does. */
  signal?: AbortSignal | undefined;
}

export interface AskOptions extends AnswerOptions {
  /** The same key with the same request is the same response; by default a random one. 1 to 255 characters of ASCII. */
  idempotencyKey?: string | undefined;
}

export interface ResumeOptions extends AnswerOptions {
  /** The number of the last event that is known; by default -1, for all events. */
  after?: number | undefined;
}

/** API Gateway closes a socket at a larger frame, and a page can't send a message in several. */
const MAX_FRAME = 32_768;

/** A client of one server. All its answers over WebSocket share one socket, which is open while answers run. */
export class Rill {
  readonly #link: Link;
  readonly #transport: Transport;
  readonly #socketless: boolean;
  readonly #model: string | undefined;
  #stopWatching: (() => void) | undefined;
  #streams = 0;

  constructor(options: RillOptions) {
    const url = baseOf(options.url);
    const clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    const surroundings = options.surroundings ?? systemSurroundings;
    const giveUpAfter = options.giveUpAfter ?? 120_000;
    const WebSocket = options.WebSocket ?? (globalThis.WebSocket as WebSocketConstructor | undefined);
    const http = new Http(url.href, options.fetch ?? fetch, options.token, clock);
    const socket = new SharedSocket({
      url: socketUrlOf(url, options.socketUrl),
      authentication: options.socketAuthentication ?? "ticket",
      WebSocket: WebSocket as WebSocketConstructor,
      http,
      clock,
      random,
      surroundings,
      giveUpAfter,
    });
    this.#link = { http, socket, clock, random, surroundings, giveUpAfter, running: new Set() };
    this.#transport = options.transport ?? "websocket";
    this.#socketless = !WebSocket;
    this.#model = options.model;
  }

  /** Where the socket is. */
  get connection(): ConnectionState {
    return this.#link.socket.state;
  }

  /** Calls the listener at each change of {@link connection}. Returns a function that ends it. */
  on(_type: "connection", listener: (state: ConnectionState) => void): () => void {
    return this.#link.socket.watch(listener);
  }

  /** Asks for a response. Whatever the server and the network do wrong is an error of the answer. */
  ask(request: ResponseRequest, options: AskOptions = {}): Answer {
    const { stream, stream_options, background, ...fields } = request;
    const model = request.model ?? this.#model;
    const body = { ...fields, ...(model === undefined ? {} : { model }), ...(background ? { background } : {}) };
    const key = options.idempotencyKey ?? randomKey();
    const large = new TextEncoder().encode(JSON.stringify(body)).length > MAX_FRAME - 1_000;
    return this.#answer({ body, key }, -1, background || large ? { ...options, transport: "http" } : options);
  }

  /** Reads a response that exists, from its beginning or after an event, and follows it to its end. */
  resume(responseId: string, options: ResumeOptions = {}): Answer {
    return this.#answer({ responseId }, options.after ?? -1, options);
  }

  /** Closes the socket. Answers that have not ended fail with the code `closed`; their responses go on. */
  close(): void {
    this.#stopWatching?.();
    this.#link.socket.close();
    for (const exchange of [...this.#link.running]) {
      exchange.end(closed());
    }
  }

  /** From the first answer on, so that a client that was never asked leaves nothing behind, as one of a discarded render. */
  #watch(): void {
    const { socket, surroundings, running } = this.#link;
    this.#stopWatching ??= surroundings.watch((signal) => {
      socket.on({ type: signal });
      if (signal !== "offline") {
        for (const exchange of running) {
          exchange.hurry();
        }
      }
    });
  }

  #answer(question: Question, after: number, options: AnswerOptions): Answer {
    const { signal } = options;
    const transport = this.#socketless ? "http" : (options.transport ?? this.#transport);
    const answer = new AnswerState(transport, after);
    if ("responseId" in question) {
      answer.id = question.responseId;
    }
    const exchange = new Exchange(this.#link, `answer-${++this.#streams}`, answer, question);
    answer.stop = () => exchange.stop();
    if (this.connection === "closed") {
      exchange.end(closed());
    } else if (signal?.aborted) {
      exchange.end(new RillError("stopped", "The answer was stopped before it was asked for."));
    } else if ("responseId" in question && !/^[\w-]+$/.test(question.responseId)) {
      // It would be part of a path.
      exchange.end(new RillError("invalid_response_id", "A response's id has letters, digits, '_' and '-' alone."));
    } else {
      signal?.addEventListener("abort", answer.stop, { once: true });
      const forget = () => signal?.removeEventListener("abort", answer.stop);
      answer.done.then(forget, forget);
      this.#watch();
      exchange.start();
    }
    return answer;
  }
}

function closed(): RillError {
  return new RillError("closed", "The client was closed.");
}

/** The URL that ends with `/v1`. */
function baseOf(url: string | URL): URL {
  const base = new URL(url, globalThis.location?.href);
  base.search = "";
  base.hash = "";
  base.pathname = `${base.pathname.replace(/(\/v1)?\/*$/, "")}/v1`;
  return base;
}

function socketUrlOf(base: URL, given: string | URL | undefined): URL {
  const url = new URL(given ?? `${base.href}/responses`, base);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

/** 128 random bits in hex. `crypto.randomUUID` is missing in pages that came over plain HTTP. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
