import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type WebSocket, WebSocketServer } from "ws";

export interface ServerOptions {
  /** The key that is wanted; undefined for an open server */
  key?: string;
  /** Whether the page may inject faults */
  faults?: boolean;
  model?: string;
}

type Json = Record<string, unknown>;
type Transport = "websocket" | "http";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
/** That of a deployment. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A response whose events the test writes. */
export class ScriptedResponse {
  readonly id: string;
  readonly transport: Transport;
  readonly request: Json;
  /** Resolves when a client stops it. */
  readonly stopped: Promise<void>;
  readonly #events: Json[] = [];
  readonly #readers = new Set<(event: Json) => void>();
  #text = "";
  #ended = false;
  #stop: () => void = () => {};

  constructor(id: string, transport: Transport, request: Json) {
    this.id = id;
    this.transport = transport;
    this.request = request;
    this.stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  get prompt(): string {
    return String(this.request.input);
  }

  /** Writes `created`, `queued` and `in_progress`. */
  begin(): this {
    return this.queue().run();
  }

  queue(): this {
    return this.#state("response.created", "queued").#state("response.queued", "queued");
  }

  run(): this {
    return this.#state("response.in_progress", "in_progress");
  }

  delta(text: string): this {
    this.#text += text;
    return this.#write({
      type: "response.output_text.delta",
      output_index: 0,
      content_index: 0,
      item_id: "m",
      delta: text,
    });
  }

  restart(): this {
    this.#text = "";
    return this.#write({ type: "rill:response.restarted", attempt: 2 });
  }

  complete(): this {
    return this.#end("response.completed", "completed", {});
  }

  fail(code: string, message: string): this {
    return this.#end("response.failed", "failed", { error: { code, message } });
  }

  incomplete(reason: string): this {
    return this.#end("response.incomplete", "incomplete", { incomplete_details: { reason } });
  }

  /** Ends the response as one that a client has stopped. */
  stop(): void {
    this.#stop();
    if (!this.#ended) {
      this.#end("response.incomplete", "cancelled", {});
    }
  }

  /** Gives a reader the events after this number, and those to come. */
  follow(after: number, read: (event: Json) => void): () => void {
    for (const event of this.#events) {
      if ((event.sequence_number as number) > after) {
        read(event);
      }
    }
    this.#readers.add(read);
    return () => this.#readers.delete(read);
  }

  #state(type: string, status: string, fields: Json = {}): this {
    return this.#write({
      type,
      response: { id: this.id, object: "response", status, output: [], usage: null, ...fields },
    });
  }

  #end(type: string, status: string, fields: Json): this {
    this.#ended = true;
    const content = [{ type: "output_text", text: this.#text, annotations: [] }];
    const output = [{ type: "message", id: "m", role: "assistant", status: "completed", content }];
    const usage = { input_tokens: 7, output_tokens: 21, total_tokens: 28 };
    return this.#state(type, status, { output, usage, ...fields });
  }

  #write(event: Json): this {
    const numbered = { ...event, sequence_number: this.#events.length };
    this.#events.push(numbered);
    for (const read of this.#readers) {
      read(numbered);
    }
    return this;
  }
}

/** Serves the built page and plays Rill. What is answered, and when, the test says. */
export class ScriptedServer {
  readonly #options: ServerOptions;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #responses = new Map<string, ScriptedResponse>();
  readonly #asked: Record<Transport, ScriptedResponse[]> = { websocket: [], http: [] };
  readonly #waiting: Record<Transport, ((response: ScriptedResponse) => void)[]> = { websocket: [], http: [] };
  /** Paths of faults that the page has injected. */
  readonly faults: string[] = [];
  /** How many sockets were opened. */
  handshakes = 0;
  readonly #tickets = new Set<string>();

  private constructor(options: ServerOptions) {
    this.#options = options;
    this.#http = createServer((request, response) => void this.#answer(request, response));
    this.#http.on("upgrade", (request, socket, head) => {
      const ticket = new URL(request.url ?? "", "http://x").searchParams.get("ticket");
      if (options.key !== undefined && (ticket === null || !this.#tickets.delete(ticket))) {
        socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#open(opened));
    });
  }

  static async start(options: ServerOptions = {}): Promise<ScriptedServer> {
    const server = new ScriptedServer(options);
    await new Promise<void>((resolve) => server.#http.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/`;
  }

  /** The next question that comes over a transport. */
  question(transport: Transport): Promise<ScriptedResponse> {
    const asked = this.#asked[transport].shift();
    return asked === undefined
      ? new Promise((resolve) => this.#waiting[transport].push(resolve))
      : Promise.resolve(asked);
  }

  /** The next question on both sides. */
  async questions(): Promise<[ScriptedResponse, ScriptedResponse]> {
    return [await this.question("websocket"), await this.question("http")];
  }

  cutSockets(): number {
    const cut = this.#sockets.clients.size;
    for (const socket of this.#sockets.clients) {
      socket.terminate();
    }
    return cut;
  }

  async close(): Promise<void> {
    this.cutSockets();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #ask(transport: Transport, request: Json): ScriptedResponse {
    const id = `resp_${(this.#responses.size + 1).toString(16).padStart(32, "0")}`;
    const response = new ScriptedResponse(id, transport, request);
    this.#responses.set(id, response);
    const waiting = this.#waiting[transport].shift();
    if (waiting === undefined) {
      this.#asked[transport].push(response);
    } else {
      waiting(response);
    }
    return response;
  }

  #open(socket: WebSocket): void {
    this.handshakes++;
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as Json;
      const send = (event: Json) => socket.send(JSON.stringify({ ...event, stream_id: message.stream_id }));
      switch (message.type) {
        case "rill:ping":
          socket.send(JSON.stringify({ type: "rill:pong" }));
          break;
        case "response.create": {
          const stop = this.#ask("websocket", message).follow(-1, send);
          socket.on("close", stop);
          break;
        }
        case "rill:response.resume": {
          const response = this.#responses.get(String(message.response_id));
          if (response === undefined) {
            send({ type: "error", status: 404, error: { code: "not_found", message: "There is no such response." } });
          } else {
            socket.on("close", response.follow(Number(message.starting_after ?? -1), send));
          }
          break;
        }
        case "response.cancel":
          this.#responses.get(String(message.response_id))?.stop();
          break;
      }
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const body = await bodyOf(request);
    const route = `${request.method} ${url.pathname}`;
    if (request.method === "GET" && this.#file(url.pathname, response)) {
      return;
    }
    const { key } = this.#options;
    if (route === "GET /config.json") {
      if (this.#options.faults) {
        response.setHeader("x-rill-faults", "/local/faults");
      }
      const authentication = key === undefined ? [] : ["keys"];
      json(response, 200, { socket_url: null, authentication, model: this.#options.model ?? "simulated" });
    } else if (key !== undefined && request.headers.authorization !== `Bearer ${key}`) {
      json(response, 401, {
        error: { code: "invalid_credentials", message: "The key is not good.", type: "x", param: null },
      });
    } else if (route === "POST /v1/responses") {
      stream(response, this.#ask("http", body), -1);
    } else if (route === "GET /v1/models") {
      json(response, 200, { object: "list", data: [{ id: "simulated" }, { id: "other-model" }] });
    } else if (route === "POST /v1/tickets") {
      const ticket = `ticket_${Math.random()}`;
      this.#tickets.add(ticket);
      json(response, 200, { object: "ticket", ticket, expires_at: Date.now() / 1000 + 60 });
    } else if (url.pathname.startsWith("/local/faults/") && this.#options.faults) {
      this.faults.push(url.pathname.slice("/local/faults/".length));
      json(response, 200, url.pathname.endsWith("cut-sockets") ? { cut: this.cutSockets() } : { killed: 4711 });
    } else {
      this.#answerAbout(url, response);
    }
  }

  #answerAbout(url: URL, response: ServerResponse): void {
    const [, id = "", more] = /^\/v1\/responses\/(\w+)(?:\/(\w+))?$/.exec(url.pathname) ?? [];
    const found = this.#responses.get(id);
    if (found === undefined) {
      json(response, 404, {
        error: { code: "not_found", message: "There is no such response.", type: "x", param: null },
      });
    } else if (more === "cancel") {
      found.stop();
      json(response, 200, { id, status: "cancelled" });
    } else if (more === "input_items") {
      json(response, 200, { data: [{ role: "user", content: [{ type: "input_text", text: found.prompt }] }] });
    } else {
      stream(response, found, Number(url.searchParams.get("starting_after") ?? -1));
    }
  }

  #file(path: string, response: ServerResponse): boolean {
    const file = join(dist, path === "/" ? "index.html" : path);
    if (path !== "/" && (!path.startsWith("/assets/") || !existsSync(file))) {
      return false;
    }
    response.writeHead(200, {
      "content-type": types[extname(file)] ?? "text/plain",
      "content-security-policy": policy,
    });
    response.end(readFileSync(file));
    return true;
  }
}

function stream(response: ServerResponse, events: ScriptedResponse, after: number): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  const ends = ["response.completed", "response.failed", "response.incomplete"];
  const stop = events.follow(after, (event) => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    if (ends.includes(String(event.type))) {
      response.end("data: [DONE]\n\n");
    }
  });
  response.on("close", stop);
}

function json(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
  }
  return text === "" ? {} : (JSON.parse(text) as Json);
}
