import { SentenceReader } from "./sentence-reader.js";

/** Least time in milliseconds between two announcements: screen readers drop, or interrupt, what comes faster. */
export const announcementInterval = 1_000;

export interface AnnouncementOptions {
  /** BCP 47 tag of the text's language */
  readonly language: string;
  /** What is said instead of a code block in the given language, which may be empty */
  readonly describeCode: (language: string) => string;
}

/** Decides what a screen reader is told of an answer that is being written, and when. It has no clock of its own. */
export class Announcements {
  readonly #reader: SentenceReader;
  #waiting: string[] = [];
  #last = Number.NEGATIVE_INFINITY;

  constructor({ language, describeCode }: AnnouncementOptions) {
    this.#reader = new SentenceReader(language, describeCode);
  }

  /**
   * Takes in the text so far.
   *
   * @param silent whether another answer is the one that is announced; what is written meanwhile is never announced
   */
  update(text: string, ended: boolean, silent: boolean): void {
    const sentences = this.#reader.read(text, ended);
    if (silent) this.#waiting = [];
    else this.#waiting.push(...sentences.map((sentence) => sentence.words));
  }

  /** Milliseconds until there is something to say, or undefined where nothing waits. */
  due(now: number): number | undefined {
    return this.#waiting.length === 0 ? undefined : Math.max(0, this.#last + announcementInterval - now);
  }

  /** Takes all that waits as one announcement, if it is due. */
  take(now: number): string | undefined {
    if (this.due(now) !== 0) return undefined;
    this.#last = now;
    const announcement = this.#waiting.join(" ");
    this.#waiting = [];
    return announcement;
  }
}
