import type { Clock } from "../src/index.js";

interface Timer {
  at: number;
  order: number;
  task: () => void;
}

/** Time that passes only by {@link pass}. */
export class VirtualClock implements Clock {
  #now = 1_800_000_000_000;
  #order = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  setTimeout(task: () => void, milliseconds: number): unknown {
    const timer = { at: this.#now + milliseconds, order: this.#order++, task };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass: runs each timer at its time, and what follows from it before the next one. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#now = Math.max(this.#now, timer.at);
      this.#timers.delete(timer);
      timer.task();
      await settle();
    }
    this.#now = end;
  }

  /** Time passes while the machine sleeps: timers are late. */
  sleep(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Lets time pass until the promise is settled, at most this long. */
  async until<T>(promise: Promise<T>, atMost: number): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    const end = this.#now + atMost;
    await settle();
    while (!settled) {
      const timer = this.#next(end);
      if (!timer) {
        throw new Error(`not settled after ${atMost} ms of virtual time`);
      }
      this.#now = Math.max(this.#now, timer.at);
      this.#timers.delete(timer);
      timer.task();
      await settle();
    }
    return promise;
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order))) {
        first = timer;
      }
    }
    return first;
  }
}

/** Lets everything run that waits for no timer. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
