/** Lines of code that are laid out, and highlighted, together. */
export interface CodeChunk {
  readonly text: string;
  /** What stands between this chunk and the next one: nothing where a very long line was cut */
  readonly end: "\n" | "";
}

/** Lines of a full chunk, unless they are long */
export const linesOfChunk = 64;
const charactersOfChunk = 4_000;

/** Text of a code block that only grows. Chunks that are full are never changed again, and keep their identity. */
export class CodeText {
  readonly #full: CodeChunk[] = [];
  #open = "";
  #lines = 0;

  /** Adds text; it may end within a line. */
  append(text: string): void {
    let from = 0;
    while (from < text.length) {
      const newline = text.indexOf("\n", from);
      const room = charactersOfChunk - this.#open.length;
      if (newline < 0 || newline - from > room) {
        const to = newline < 0 ? text.length : newline;
        const taken = cut(text, from, Math.min(to, from + room));
        this.#open += text.slice(from, taken);
        from = taken;
        if (this.#open.length >= charactersOfChunk - 1) this.#seal("");
      } else {
        this.#open += text.slice(from, newline);
        from = newline + 1;
        this.#lines++;
        if (this.#lines === linesOfChunk || this.#open.length > charactersOfChunk - 200) this.#seal("\n");
        else this.#open += "\n";
      }
    }
  }

  #seal(end: "\n" | ""): void {
    this.#full.push({ text: this.#open, end });
    this.#open = "";
    this.#lines = 0;
  }

  /** The chunks now, and a line that is shown although it is not known yet whether it belongs to the code. */
  chunks(partialLine = ""): readonly CodeChunk[] {
    const open = partialLine === "" ? this.#open.replace(/\n$/, "") : this.#open + partialLine;
    return open === "" ? [...this.#full] : [...this.#full, { text: open, end: "\n" }];
  }
}

/** Returns a place at or just before `to` where no surrogate pair is cut. */
export function cut(text: string, from: number, to: number): number {
  return to < text.length && to - 1 > from && /[\ud800-\udbff]/.test(text.charAt(to - 1)) ? to - 1 : to;
}

/** The whole code of chunks, as it is copied. */
export function textOf(chunks: readonly CodeChunk[]): string {
  return chunks.map((chunk, index) => chunk.text + (index < chunks.length - 1 ? chunk.end : "")).join("");
}

/** Cuts code that is known as a whole into chunks. */
export function chunksOf(text: string): readonly CodeChunk[] {
  const code = new CodeText();
  code.append(text);
  return code.chunks();
}
