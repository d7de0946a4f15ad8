import type { SocketLike, Usage, WebSocketConstructor } from "../src/index.js";
import type { VirtualClock } from "./clock.js";

type Json = Record<string, unknown>;
export type FakeEvent = Json & { type: string; sequence_number: number };

/** One response: its log, and who is sent it. */
export class FakeResponse {
  readonly log: FakeEvent[] = [];
  readonly readers = new Set<(event: FakeEvent) => void>();
  ended = false;
  cancelled = false;
  status = "queued";
  text = "";

  constructor(
    readonly id: string,
    readonly request: Json,
  ) {}

  get last(): number {
    return this.log.length - 1;
  }

  /** Logs the event and sends it to the readers. */
  emit(type: string, fields: Json = {}): void {
    const event = { type, sequence_number: this.log.length, ...fields };
    this.log.push(event);
    this.ended = TERMINAL.includes(type);
    this.#send(event);
  }

  /** Sends events that are never logged, as a worker does that crashes after it. */
  leak(types: { type: string; [field: string]: unknown }[]): void {
    for (const [index, event] of types.entries()) {
      this.#send({ sequence_number: this.log.length + index, ...event });
    }
  }

  emitState(status: string, type = `response.${status}`, fields: Json = {}): void {
    this.status = status;
    this.emit(type, { response: this.object(status, fields) });
  }

  object(status: string, fields: Json = {}): Json {
    return {
      id: this.id,
      object: "response",
      status,
      store: this.request.store ?? true,
      output: [],
      usage: null,
      error: null,
      ...fields,
    };
  }

  delta(text: string): void {
    this.text += text;
    this.emit("response.output_text.delta", { item_id: "msg", output_index: 0, content_index: 0, delta: text });
  }

  end(status: "completed" | "incomplete" | "cancelled" = "completed"): void {
    const output = [messageOf(this.text)];
    const type = status === "cancelled" ? "response.incomplete" : `response.${status}`;
    this.emitState(status, type, { output, usage: USAGE });
  }

  fail(error: Json): void {
    this.emitState("failed", "response.failed", { error });
  }

  #send(event: FakeEvent): void {
    for (const reader of [...this.readers]) {
      reader(event);
    }
  }
}

export const USAGE: Usage = {
  input_tokens: 3,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 8,
};

const TERMINAL = ["response.completed", "response.incomplete", "response.failed"];

export function messageOf(text: string): Json {
  return {
    type: "message",
    id: "msg",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

/** An HTTP request as the server got it. */
export interface Received {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Json | undefined;
  at: number;
  aborted: boolean;
}

/** The server's end of a socket. */
export class FakeSocket implements SocketLike {
  readyState = 0;
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  onclose: ((event: unknown) => void) | null = null;
  /** A half-open socket: nothing comes through, and neither side gets a close event. */
  dead = false;
  readonly received: Json[] = [];
  readonly subscriptions = new Map<string, () => void>();

  constructor(
    readonly server: FakeServer,
    readonly url: URL,
    readonly protocols: string[],
  ) {}

  // ---- the client's side

  send(text: string): void {
    if (this.readyState !== 1) {
      throw new Error("the socket is not open");
    }
    const size = new TextEncoder().encode(text).length;
    if (size > 32_768) {
      throw new Error(`a frame of ${size} bytes`);
    }
    this.server.later(() => {
      if (!this.dead && this.readyState === 1) {
        const message = JSON.parse(text) as Json;
        this.received.push(message);
        this.server.receive(this, message);
      }
    });
  }

  close(): void {
    if (this.readyState < 2) {
      this.readyState = 3;
      this.server.forget(this);
    }
  }

  // ---- the server's side

  /** Sends a message after the latency. */
  push(message: Json): void {
    const text = JSON.stringify(message);
    this.server.later(() => {
      if (!this.dead && this.readyState === 1) {
        this.onmessage?.({ data: text });
      }
    });
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.({});
  }

  cut(): void {
    if (this.readyState < 2) {
      this.readyState = 3;
      this.server.forget(this);
      this.onerror?.({});
      this.onclose?.({ code: 1006 });
    }
  }

  /** As Node 22 tells a handshake that has failed: without a close. */
  fail(): void {
    this.readyState = 3;
    this.onerror?.({});
  }

  ofType(type: string): Json[] {
    return this.received.filter((message) => message.type === type);
  }
}

export interface Refusal {
  status: number;
  code: string;
  retryAfter?: number;
}

/** A server that speaks Rill's protocol, on virtual time. Its answers are played by {@link play}, or by the test. */
export class FakeServer {
  up = true;
  /** Handshakes reach the server. */
  socketsPass = true;
  /** Refuses handshakes and requests alike. */
  refusal: Refusal | undefined;
  /** The credentials that are good; undefined if none is needed. */
  tokens: Set<string> | undefined;
  authenticatedUntil: number | undefined;
  latency = () => 5;
  /** Called for each new response; plays its events. */
  play: (response: FakeResponse) => void = (response) => this.playText(response, "Rivers ", "form ", "slowly.");
  /** Sends an event to a socket; a test may lose, repeat or delay it. */
  deliver: (socket: FakeSocket, message: Json) => void = (socket, message) => socket.push(message);
  /** Tells a client that its handshake has failed. */
  refuse: (socket: FakeSocket) => void = (socket) => socket.cut();
  /** Answers requests in place of the server, if it returns something. */
  intercept: (request: Received) => Response | undefined = () => undefined;
  /** Requests that get no answer. */
  hangs: (request: Received) => boolean = () => false;
  /** Splits the bytes of a stream. */
  split: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes];

  readonly clock: VirtualClock;
  readonly sockets: FakeSocket[] = [];
  readonly handshakes: { at: number; url: URL; protocols: string[] }[] = [];
  readonly requests: Received[] = [];
  readonly responses = new Map<string, FakeResponse>();
  readonly #keys = new Map<string, FakeResponse>();
  readonly #tickets = new Map<string, string>();
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #ids = 0;
  #inOrder = 0;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  /** Runs after the latency, in the order of the calls. */
  later(task: () => void): void {
    this.#inOrder = Math.max(this.#inOrder, this.clock.now() + this.latency());
    this.clock.setTimeout(task, this.#inOrder - this.clock.now());
  }

  /** The streams that are open. */
  get streams(): number {
    return this.#streams.size;
  }

  get open(): FakeSocket[] {
    return this.sockets.filter((socket) => socket.readyState === 1);
  }

  get socket(): FakeSocket {
    const socket = this.open.at(-1);
    if (!socket) {
      throw new Error("no socket is open");
    }
    return socket;
  }

  get response(): FakeResponse {
    const response = [...this.responses.values()].at(-1);
    if (!response) {
      throw new Error("there is no response");
    }
    return response;
  }

  get WebSocket(): WebSocketConstructor {
    const server = this;
    return class extends FakeSocket {
      constructor(url: string, protocols: string | string[] = []) {
        super(server, new URL(url), [protocols].flat());
        server.#handshake(this);
      }
    };
  }

  /** Cuts every socket and every stream. */
  cut(): void {
    for (const socket of this.sockets) {
      socket.cut();
    }
    this.cutStreams();
  }

  cutStreams(): void {
    for (const stream of this.#streams) {
      stream.error(new Error("cut"));
    }
    this.#streams.clear();
  }

  forget(socket: FakeSocket): void {
    for (const unsubscribe of socket.subscriptions.values()) {
      unsubscribe();
    }
    socket.subscriptions.clear();
  }

  playText(response: FakeResponse, ...deltas: string[]): void {
    const steps = [
      () => response.emitState("in_progress"),
      () => response.emit("response.output_item.added", { output_index: 0, item: messageOf("") }),
      ...deltas.map((text) => () => response.delta(text)),
      () => response.end(),
    ];
    const next = () => {
      const step = steps.shift();
      if (step && !response.ended) {
        if (response.cancelled) {
          response.end("cancelled");
          return;
        }
        step();
        this.clock.setTimeout(next, 40);
      }
    };
    this.clock.setTimeout(next, 40);
  }

  // ---- WebSocket ----------------------------------------------------------------------------------------------------

  #handshake(socket: FakeSocket): void {
    this.handshakes.push({ at: this.clock.now(), url: socket.url, protocols: socket.protocols });
    this.sockets.push(socket);
    this.clock.setTimeout(() => {
      if (socket.readyState !== 0) {
        return;
      }
      if (this.up && this.socketsPass && !this.refusal && this.#admits(socket)) {
        socket.accept();
      } else {
        this.refuse(socket);
      }
    }, 10);
  }

  #admits(socket: FakeSocket): boolean {
    if (!this.tokens) {
      return true;
    }
    const ticket = socket.url.searchParams.get("ticket");
    if (ticket !== null) {
      return this.#tickets.delete(ticket);
    }
    const bearer = socket.protocols.find((name) => name.startsWith("rill.bearer."));
    return bearer !== undefined && this.tokens.has(Buffer.from(bearer.slice(12), "base64url").toString());
  }

  receive(socket: FakeSocket, message: Json): void {
    if (!this.up) {
      return;
    }
    const until = this.authenticatedUntil === undefined ? {} : { authenticated_until: this.authenticatedUntil };
    switch (message.type) {
      case "rill:ping":
        socket.push({ type: "rill:pong", ...until });
        break;
      case "rill:authenticate":
        if (this.tokens?.has(String(message.token))) {
          this.authenticatedUntil = this.clock.now() / 1_000 + 300;
          socket.push({ type: "rill:authenticated", authenticated_until: this.authenticatedUntil });
        } else {
          this.error(socket, message, 401, "invalid_credentials");
        }
        break;
      case "response.create": {
        if (this.#expired(socket, message)) {
          return;
        }
        const { type, event_id, stream_id, ...body } = message;
        const response = this.create(String(event_id), body);
        if (response === undefined) {
          this.error(socket, message, 409, "response_not_stored", this.#notStored(String(event_id), body));
        } else {
          this.subscribe(socket, response, -1, String(stream_id));
        }
        break;
      }
      case "rill:response.resume": {
        if (this.#expired(socket, message)) {
          return;
        }
        const response = this.responses.get(String(message.response_id));
        if (response && !(response.ended && response.request.store === false && message.starting_after === -1)) {
          this.subscribe(socket, response, Number(message.starting_after), String(message.stream_id));
        } else {
          this.error(socket, message, 404, "not_found");
        }
        break;
      }
      case "response.cancel": {
        const response = this.responses.get(String(message.response_id));
        if (response) {
          response.cancelled = true;
        } else {
          this.error(socket, message, 404, "not_found");
        }
        break;
      }
      default:
        this.error(socket, message, 400, "unknown_event_type");
    }
  }

  error(socket: FakeSocket, cause: Json, status: number, code: string, text = code, headers?: Json): void {
    const { event_id, stream_id } = cause;
    const error = { type: "invalid_request_error", code, message: text, param: null };
    socket.push({ type: "error", status, error, event_id, stream_id, ...(headers ? { headers } : {}) });
  }

  subscribe(socket: FakeSocket, response: FakeResponse, after: number, stream: string): void {
    socket.subscriptions.get(response.id)?.();
    const send = (event: FakeEvent) => this.deliver(socket, { ...event, stream_id: stream });
    for (const event of eventsAfter(response, after)) {
      send(event);
    }
    if (!response.ended) {
      response.readers.add(send);
      socket.subscriptions.set(response.id, () => response.readers.delete(send));
    }
  }

  #expired(socket: FakeSocket, message: Json): boolean {
    const expired = this.authenticatedUntil !== undefined && this.authenticatedUntil * 1_000 <= this.clock.now();
    if (expired) {
      this.error(socket, message, 401, "authentication_expired");
    }
    return expired;
  }

  /** The response of a key; undefined if it has ended and is not stored. */
  create(key: string, body: Json, inline = false): FakeResponse | undefined {
    const known = this.#keys.get(key + JSON.stringify(body));
    if (known) {
      return known.ended && body.store === false ? undefined : known;
    }
    const id = `resp_${(++this.#ids).toString(16).padStart(32, "0")}`;
    const response = new FakeResponse(id, body);
    this.responses.set(id, response);
    this.#keys.set(key + JSON.stringify(body), response);
    response.emitState(inline ? "in_progress" : "queued", "response.created");
    if (!inline) {
      response.emitState("queued");
    }
    this.play(response);
    return response;
  }

  #notStored(key: string, body: Json): string {
    return `This request was answered by ${this.#keys.get(key + JSON.stringify(body))?.id}, which is not stored.`;
  }

  // ---- HTTP ---------------------------------------------------------------------------------------------------------

  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input));
    const request: Received = {
      method: init.method ?? "GET",
      path: url.pathname + url.search,
      headers: init.headers as Record<string, string>,
      body: init.body === undefined ? undefined : (JSON.parse(String(init.body)) as Json),
      at: this.clock.now(),
      aborted: false,
    };
    if (init.signal?.aborted) {
      throw new Error("aborted");
    }
    this.requests.push(request);
    await new Promise<void>((resolve, reject) => {
      this.clock.setTimeout(() => !this.hangs(request) && resolve(), this.latency());
      init.signal?.addEventListener("abort", () => {
        request.aborted = true;
        reject(new Error("aborted"));
      });
    });
    if (!this.up) {
      throw new TypeError("fetch failed");
    }
    return this.intercept(request) ?? (await this.#answer(request, url, init.signal ?? undefined));
  };

  #answer(request: Received, url: URL, signal: AbortSignal | undefined): Response | Promise<Response> {
    if (this.refusal) {
      const { status, code, retryAfter } = this.refusal;
      return refused(status, code, code, retryAfter);
    }
    const token = request.headers.authorization?.replace("Bearer ", "");
    if (this.tokens && !this.tokens.has(token ?? "")) {
      return refused(401, token === undefined ? "missing_credentials" : "invalid_credentials");
    }
    if (url.pathname === "/v1/tickets") {
      const ticket = `ticket_${this.requests.length}`;
      this.#tickets.set(ticket, token ?? "");
      return json({ object: "ticket", ticket });
    }
    if (url.pathname === "/v1/usage") {
      return json({ object: "usage" });
    }
    if (url.pathname === "/v1/responses") {
      return this.#post(request, signal);
    }
    const [, id, action] = /^\/v1\/responses\/(\w+)(\/cancel)?$/.exec(url.pathname) ?? [];
    const response = this.responses.get(id ?? "");
    if (!response) {
      return refused(404, "not_found");
    }
    if (action) {
      response.cancelled = true;
      return json(response.object("in_progress"));
    }
    if (!url.searchParams.has("stream")) {
      return json(response.object(response.status));
    }
    const after = Number(url.searchParams.get("starting_after"));
    return response.ended && response.request.store === false && after < 0
      ? refused(404, "not_found")
      : this.#stream(response, after, signal);
  }

  #post(request: Received, signal: AbortSignal | undefined): Response | Promise<Response> {
    const key = request.headers["idempotency-key"] ?? String(Math.random());
    const body = request.body as Json;
    const inline = body.background !== true;
    const response = this.create(key, body, inline);
    if (!response) {
      return refused(409, "response_not_stored", this.#notStored(key, body));
    }
    return body.stream === true ? this.#stream(response, -1, signal) : this.#whole(response);
  }

  /** The response when it has ended. */
  #whole(response: FakeResponse): Promise<Response> {
    return new Promise((resolve) => {
      const read = () => response.ended && resolve(json(response.object("completed")));
      response.readers.add(read);
      read();
    });
  }

  #stream(response: FakeResponse, after: number, signal: AbortSignal | undefined): Response {
    const encoder = new TextEncoder();
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    const write = (text: string) => {
      for (const piece of this.split(encoder.encode(text))) {
        this.later(() => this.#streams.has(controller) && controller.enqueue(piece));
      }
    };
    const send = (event: FakeEvent) => {
      write(`event: ${event.type}\nid: ${event.sequence_number}\ndata: ${JSON.stringify(event)}\n\n`);
      if (TERMINAL.includes(event.type)) {
        write("data: [DONE]\n\n");
        this.later(() => this.#streams.delete(controller) && controller.close());
        response.readers.delete(send);
      }
    };
    const body = new ReadableStream<Uint8Array>({
      start: (given) => {
        controller = given;
        this.#streams.add(controller);
        for (const event of eventsAfter(response, after)) {
          send(event);
        }
        if (!response.ended) {
          response.readers.add(send);
        }
      },
      cancel: () => {
        this.#streams.delete(controller);
        response.readers.delete(send);
      },
    });
    signal?.addEventListener("abort", () => {
      if (this.#streams.delete(controller)) {
        response.readers.delete(send);
        controller.error(new Error("aborted"));
      }
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}

function eventsAfter(response: FakeResponse, after: number): FakeEvent[] {
  return response.log.slice(response.ended ? Math.min(after + 1, response.last) : after + 1);
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

export function refused(status: number, code: string, message = code, retryAfter?: number): Response {
  const error = { type: "invalid_request_error", code, message, param: null };
  return json({ error }, status, retryAfter === undefined ? {} : { "retry-after": String(retryAfter) });
}
