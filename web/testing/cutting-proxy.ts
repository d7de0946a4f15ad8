import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { within } from "./within.js";

/** Something that the server is sending: a WebSocket, or the body of a response. */
interface Transfer {
  kind: "socket" | "stream";
  /** It is being cut: nothing comes behind what is on its way. */
  isCut: boolean;
  cut(): void;
}

/** The network between a client or a page and a stack: passes everything on until a test cuts it. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #port: number;
  readonly #connections = new Set<Socket>();
  readonly #transfers = new Set<Transfer>();
  readonly #watchers = new Set<() => void>();
  #up = true;
  #budget: number | undefined;
  /** Requests and handshakes that have come, also those that found the server down. */
  attempts = 0;
  /** How often something that was open was cut. */
  cuts = 0;

  private constructor(port: number) {
    this.#port = port;
    this.#server = createServer((incoming, outgoing) => this.#exchange(incoming, outgoing));
    this.#server.on("upgrade", (incoming, socket, head) => this.#upgrade(incoming, socket, head));
    this.#server.on("connection", (socket) => {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      if (!this.#up) {
        this.attempts++;
        socket.destroy();
        this.look();
        return;
      }
      this.#connections.add(socket);
      socket.on("close", () => this.#connections.delete(socket));
    });
  }

  static async to(port: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** The base URL. */
  get url(): string {
    return `${this.origin}/v1`;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many WebSockets are open. */
  get sockets(): number {
    return this.#count("socket");
  }

  /** How many responses are being sent. */
  get streams(): number {
    return this.#count("stream");
  }

  /** Cuts all that is open. */
  cut(): void {
    this.cuts += this.#transfers.size;
    for (const connection of this.#connections) {
      connection.destroy();
    }
  }

  /** Cuts all that is open, and lets nothing through until {@link reconnect}. */
  disconnect(): void {
    this.#up = false;
    this.cut();
  }

  reconnect(): void {
    this.#up = true;
  }

  /** Lets so many more bytes of the server through, and then cuts what carried the last of them. */
  cutAfter(bytes: number): void {
    this.#budget = bytes;
  }

  /** Looks again at the conditions of {@link until}: something else has changed that they are about. */
  look(): void {
    for (const watcher of [...this.#watchers]) {
      watcher();
    }
  }

  /** Resolves when the condition holds, which is looked at whenever something opens, ends or is tried. */
  until(condition: () => boolean, what: string): Promise<void> {
    let watch = () => {};
    const holds = new Promise<void>((resolve) => {
      watch = () => condition() && resolve();
      this.#watchers.add(watch);
      watch();
    });
    const state = () => `${what}: ${this.sockets} sockets, ${this.streams} streams, ${this.attempts} attempts`;
    return within(holds, state).finally(() => this.#watchers.delete(watch));
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  #count(kind: Transfer["kind"]): number {
    return [...this.#transfers].filter((transfer) => transfer.kind === kind).length;
  }

  #open(kind: Transfer["kind"], stream: Duplex | ServerResponse): Transfer {
    const transfer: Transfer = {
      kind,
      isCut: false,
      cut: () => {
        this.cuts++;
        stream.destroy();
      },
    };
    this.#transfers.add(transfer);
    stream.on("close", () => {
      this.#transfers.delete(transfer);
      this.look();
    });
    this.attempts++;
    this.look();
    return transfer;
  }

  #pass(transfer: Transfer, bytes: Buffer, to: Duplex | ServerResponse): void {
    if (transfer.isCut) {
      return;
    }
    if (this.#budget === undefined || bytes.length < this.#budget) {
      this.#budget = this.#budget && this.#budget - bytes.length;
      to.write(bytes);
    } else {
      transfer.isCut = true;
      to.write(bytes.subarray(0, this.#budget), () => transfer.cut());
      this.#budget = undefined;
    }
  }

  #exchange(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url, headers } = incoming;
    const transfer = this.#open("stream", outgoing);
    const onward = request({ host: "127.0.0.1", port: this.#port, method, path: url, headers, agent: false });
    onward.on("response", (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      outgoing.flushHeaders();
      response.on("data", (bytes) => this.#pass(transfer, bytes, outgoing));
      response.on("end", () => transfer.isCut || outgoing.end());
      response.on("error", () => outgoing.destroy());
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("error", () => {});
    outgoing.on("close", () => onward.destroy());
    incoming.on("error", () => {});
    incoming.pipe(onward);
  }

  #upgrade(incoming: IncomingMessage, client: Duplex, head: Buffer): void {
    const server = connect(this.#port, "127.0.0.1");
    const transfer = this.#open("socket", client);
    const lines = [`GET ${incoming.url} HTTP/1.1`];
    for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
      lines.push(`${incoming.rawHeaders[index]}: ${incoming.rawHeaders[index + 1]}`);
    }
    server.write(`${lines.join("\r\n")}\r\n\r\n`);
    server.write(head);
    server.on("data", (bytes) => this.#pass(transfer, bytes, client));
    server.on("end", () => client.end());
    server.on("error", () => client.destroy());
    server.on("close", () => client.destroy());
    client.on("error", () => {});
    client.on("close", () => server.destroy());
    client.pipe(server);
  }
}
