import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP proxy in front of a stack: the network between it and a page, which can be lost. */
export class Wire {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #lost = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://localhost:${port}/`;
  }

  /** Starts one on a free port of loopback. */
  static start(target: string): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const server = createServer();
      server.on("error", reject);
      server.listen(0, "localhost", () => {
        const wire = new Wire(server, (server.address() as { port: number }).port);
        server.on("connection", (socket) => wire.#join(socket, Number(new URL(target).port)));
        resolve(wire);
      });
    });
  }

  /** Cuts all connections, and refuses new ones until {@link restore}. */
  lose(): void {
    this.#lost = true;
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  restore(): void {
    this.#lost = false;
  }

  close(): Promise<void> {
    this.lose();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #join(client: Socket, port: number): void {
    if (this.#lost) {
      client.destroy();
      return;
    }
    const server = connect(port, "localhost");
    for (const [from, to] of [[client, server] as const, [server, client] as const]) {
      this.#sockets.add(from);
      from.setNoDelay();
      from.pipe(to);
      from.on("error", () => {});
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
