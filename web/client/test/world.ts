import { Rill, type RillOptions, type Signal, type Surroundings } from "../src/index.js";
import { VirtualClock } from "./clock.js";
import { FakeServer } from "./server.js";

/** A device whose state a test changes. */
export class FakeSurroundings implements Surroundings {
  online = true;
  readonly #listeners = new Set<(signal: Signal) => void>();

  watch(listener: (signal: Signal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  signal(signal: Signal): void {
    if (signal !== "shown") {
      this.online = signal === "online";
    }
    for (const listener of [...this.#listeners]) {
      listener(signal);
    }
  }

  get watched(): boolean {
    return this.#listeners.size > 0;
  }
}

/** Numbers from 0 to 1 that a seed repeats. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One client, one server and their time. */
export class World {
  readonly clock = new VirtualClock();
  readonly server = new FakeServer(this.clock);
  readonly surroundings = new FakeSurroundings();

  rill(options: Partial<RillOptions> = {}): Rill {
    return new Rill({
      url: "https://rill.test",
      WebSocket: this.server.WebSocket,
      fetch: this.server.fetch,
      clock: this.clock,
      random: () => 0.5,
      surroundings: this.surroundings,
      ...options,
    });
  }
}
