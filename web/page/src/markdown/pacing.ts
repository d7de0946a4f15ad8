/** What pacing needs of a browser. */
export interface FrameClock {
  /** Milliseconds, growing */
  now(): number;
  /** Calls back before the next frame is painted; returns a function that cancels. */
  nextFrame(callback: () => void): () => void;
}

export const browserFrames: FrameClock = {
  now: () => performance.now(),
  nextFrame(callback) {
    const handle = requestAnimationFrame(callback);
    return () => cancelAnimationFrame(handle);
  },
};

const leastCharacters = 1_000;
/** More would make the styles and the layout of one frame too long, which are not measured */
const mostCharacters = 8_000;
const targetMilliseconds = 10;

/** Decides how many characters are read in one frame, from how long the last frames took. */
export class Pace {
  #characters = 2_000;

  get characters(): number {
    return this.#characters;
  }

  /** Takes in how long a frame took that read so many characters. */
  record(characters: number, milliseconds: number): void {
    if (characters < this.#characters / 2 && milliseconds < targetMilliseconds) return;
    const factor = Math.min(1.5, Math.max(0.25, targetMilliseconds / Math.max(0.1, milliseconds)));
    this.#characters = Math.round(Math.min(mostCharacters, Math.max(leastCharacters, this.#characters * factor)));
  }
}
