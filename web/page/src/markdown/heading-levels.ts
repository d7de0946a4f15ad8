import type { Token, Tokens } from "marked";

/** A heading whose level in the page is known, counted from 1 for the outermost one of the answer. */
export type LeveledHeading = Tokens.Heading & { level?: number };

/**
 * Gives the headings of an answer levels without gaps: an answer that begins with `###` and goes on with `#####` has
 * headings of the levels 1 and 2. A page whose heading order is valid stays so with any answer in it.
 */
export class HeadingLevels {
  readonly #depths: number[];

  constructor(depths: readonly number[] = []) {
    this.#depths = [...depths];
  }

  copy(): HeadingLevels {
    return new HeadingLevels(this.#depths);
  }

  /** Sets the level of a heading, or of all headings within a list or quote. */
  assign(token: Token): void {
    switch (token.type) {
      case "heading": {
        const heading = token as LeveledHeading;
        while ((this.#depths.at(-1) ?? 0) >= heading.depth) this.#depths.pop();
        this.#depths.push(heading.depth);
        heading.level = this.#depths.length;
        break;
      }
      case "blockquote":
        for (const child of (token as Tokens.Blockquote).tokens) this.assign(child);
        break;
      case "list":
        for (const item of (token as Tokens.List).items) for (const child of item.tokens) this.assign(child);
        break;
      default:
    }
  }
}
