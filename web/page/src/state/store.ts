/** Something that components watch. They are told after changes, and compare {@link version}. */
export class Store {
  #version = 0;
  #told = false;
  readonly #listeners = new Set<() => void>();
  readonly #schedule: Schedule;

  constructor(schedule: Schedule = immediately) {
    this.#schedule = schedule;
  }

  get version(): number {
    return this.#version;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getVersion = (): number => this.#version;

  /** Tells the listeners when the schedule says, once for all changes until then. */
  protected changed(): void {
    if (this.#told) {
      return;
    }
    this.#told = true;
    this.#schedule(() => {
      this.#told = false;
      this.#version++;
      for (const listener of this.#listeners) {
        listener();
      }
    });
  }
}

export type Schedule = (task: () => void) => void;

export const immediately: Schedule = (task) => task();

/** At the next frame. A hidden page has none, so it is told twice a second. */
export const byFrames: Schedule = (task) => {
  if (document.hidden) {
    setTimeout(task, 500);
    return;
  }
  let done = false;
  const once = () => {
    if (!done) {
      done = true;
      task();
    }
  };
  requestAnimationFrame(once);
  // For a page that is hidden before the frame comes.
  setTimeout(once, 500);
};
