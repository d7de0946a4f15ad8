import type { ConnectionState, Rill } from "rill-client";
import type { Side } from "./side.js";

/** The part of the client that the page uses. */
export type Client = Pick<Rill, "ask" | "resume" | "on" | "close">;

/**
 * A client, and the answers that were asked or are read with it. They go on with it when another client has taken its
 * place, as after a credential was refused.
 */
export class Connection {
  readonly client: Client;
  #state: ConnectionState = "idle";
  #retired = false;
  /** The answers that have not ended */
  readonly #sides = new Set<Side>();

  constructor(client: Client) {
    this.client = client;
    client.on("connection", (state) => {
      this.#state = state;
      for (const side of this.#sides) {
        side.connectionChanged(state);
      }
    });
  }

  /** Tells an answer of this client the state of the socket from now on, until it has ended. */
  add(side: Side): void {
    this.#sides.add(side);
    side.connectionChanged(this.#state);
    void side.answer.done
      .catch(() => {})
      .then(() => {
        this.#sides.delete(side);
        this.#closeUnused();
      });
  }

  /** Whether an answer of it has not ended. */
  get used(): boolean {
    return this.#sides.size > 0;
  }

  /** There will be no further answer: closes the client after the last of its answers. */
  retire(): void {
    this.#retired = true;
    this.#closeUnused();
  }

  #closeUnused(): void {
    if (this.#retired && !this.used) {
      this.client.close();
    }
  }
}
