import { describe, expect, it } from "vitest";
// @ts-expect-error the texts of the measurement are plain JavaScript
import { texts } from "../bench/texts.mjs";
import { type Block, BlockStream, type Snapshot } from "../src/markdown/block-stream.js";

function blocksOf(snapshot: Snapshot): readonly Block[] {
  return snapshot.sections.flatMap(({ groups }) => groups.flatMap(({ blocks }) => blocks));
}

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Types and text of blocks, and the words of their inline tokens. */
function outline(snapshot: Snapshot): string {
  return JSON.stringify(
    blocksOf(snapshot).map(({ token, code }) => [
      token.type,
      code ? code.map(({ text }) => text) : ((token as { tokens?: unknown[] }).tokens ?? token.raw.trim()),
    ]),
  );
}

const lines = [
  "# A",
  "text *a*",
  "",
  "",
  "- i",
  "  - j",
  "1. k",
  "> q",
  "```js",
  "```",
  "    code",
  "| a | b |",
  "|---|---|",
  "| 1 | 2 |",
  "---",
  "===",
  "~~~",
  "[l]: https://e.org",
  "[l]",
  "<b>",
  "  more",
];

describe("a stream of blocks", { timeout: 60_000 }, () => {
  it("is the same however its text is cut", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed);
      const text = Array.from({ length: 12 }, () => lines[Math.floor(next() * lines.length)]).join("\n");
      const whole = new BlockStream().update(text, true);
      const stream = new BlockStream();
      for (let length = 1; length < text.length; length++) stream.update(text.slice(0, length), false);
      expect(outline(stream.update(text, true)), JSON.stringify(text)).toBe(outline(whole));
    }
  });

  it("starts from nothing where the text does", () => {
    const stream = new BlockStream();
    stream.update("One\n\nTwo\n\nThree", false);
    expect(blocksOf(stream.update("On", false)).map(({ raw }) => raw)).toEqual(["On"]);
  });

  it("reads no more than it is told", () => {
    const stream = new BlockStream();
    const first = stream.update("One\n\nTwo", false, 4);
    expect(first.complete).toBe(false);
    expect(blocksOf(first).map(({ raw }) => raw.trim())).toEqual(["One"]);
    expect(stream.update("One\n\nTwo", false, 4).complete).toBe(true);
  });

  it("takes all ends of lines", () => {
    const stream = new BlockStream();
    for (const text of ["a\r", "a\r\n", "a\r\n\r", "a\r\n\r\n", "a\r\n\r\nb\rc"]) stream.update(text, false);
    expect(blocksOf(stream.update("a\r\n\r\nb\rc", true)).map(({ raw }) => raw.trim())).toEqual(["a", "b\nc"]);
  });

  it.each(["mixed", "paragraph", "word", "code", "line of code", "list", "table", "quote"])(
    "cuts a long %s into blocks that are finished",
    (kind) => {
      const text: string = texts[kind](200_000);
      const stream = new BlockStream();
      let open = 0;
      for (let length = 0; length < text.length; length += 1_000) {
        const blocks = blocksOf(stream.update(text.slice(0, length), false));
        const last = blocks.filter((block) => !block.finished);
        open = Math.max(open, ...last.map((block) => block.raw.length));
      }
      expect(open).toBeLessThan(70_000);
      const shown = blocksOf(stream.update(text, true))
        .map(
          ({ raw, code, token }) =>
            code
              ?.map((chunk) => chunk.text)
              .join("")
              .concat((token as { lang?: string }).lang ?? "") ?? raw,
        )
        .join("");
      const letters = (value: string) => value.replace(/[^a-z]/g, "");
      expect(letters(shown).length).toBeGreaterThanOrEqual(letters(text).length - 4);
    },
  );

  it("numbers the items of a long list on", () => {
    const text = Array.from({ length: 200 }, (_, index) => `${index + 5}. Item`).join("\n");
    const starts = blocksOf(new BlockStream().update(text, true)).map(
      ({ token }) => (token as { start?: number }).start,
    );
    expect(starts[0]).toBe(5);
    expect(starts).toEqual(starts.toSorted((a, b) => Number(a) - Number(b)));
    const stream = new BlockStream();
    for (let length = 0; length < text.length; length += 7) stream.update(text.slice(0, length), false);
    let expected = 5;
    for (const { token } of blocksOf(stream.update(text, true))) {
      const list = token as { start?: number; items: unknown[] };
      expect(list.start).toBe(expected);
      expected += list.items.length;
    }
    expect(expected).toBe(205);
  });
});
