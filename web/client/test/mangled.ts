import type { SocketLike, WebSocketConstructor } from "../src/index.js";

const TERMINAL = /"type":"response\.(completed|incomplete|failed)"/;

/** What happened to messages. */
export interface Mangling {
  lost: number;
  twice: number;
  swapped: number;
}

/**
 * WebSockets on which messages of the server are lost, come twice, or come behind the next one. Terminal events come
 * once at least, and last: a client notices that one is missing after half a minute only.
 *
 * @param random from 0 (inclusive) to 1
 */
export function mangled(random: () => number, counts: Mangling): WebSocketConstructor {
  return class implements SocketLike {
    onopen: SocketLike["onopen"] = null;
    onmessage: SocketLike["onmessage"] = null;
    onerror: SocketLike["onerror"] = null;
    onclose: SocketLike["onclose"] = null;
    readonly #socket: WebSocket;
    #held: unknown[] = [];

    constructor(url: string, protocols?: string | string[]) {
      this.#socket = new WebSocket(url, protocols);
      this.#socket.onopen = (event) => this.onopen?.(event);
      this.#socket.onerror = (event) => this.onerror?.(event);
      this.#socket.onclose = (event) => this.onclose?.(event);
      this.#socket.onmessage = ({ data }) => this.#mangle(data);
    }

    get readyState(): number {
      return this.#socket.readyState;
    }

    send(text: string): void {
      this.#socket.send(text);
    }

    close(code?: number, reason?: string): void {
      this.#socket.close(code, reason);
    }

    #mangle(data: unknown): void {
      const roll = TERMINAL.test(String(data)) ? 1 : random();
      if (roll < 0.03) {
        counts.lost++;
        return;
      }
      if (roll < 0.15) {
        counts.swapped++;
        this.#held.push(data);
        return;
      }
      const late = this.#held;
      this.#held = [];
      const messages = TERMINAL.test(String(data)) ? [...late, data] : [data, ...late];
      if (roll < 0.4) {
        counts.twice++;
        messages.push(...messages);
      }
      for (const message of messages) {
        this.onmessage?.({ data: message });
      }
    }
  };
}
