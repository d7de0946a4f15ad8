// @vitest-environment happy-dom
import { act } from "react";
import { createRoot } from "react-dom/client";
import { describe, expect, it } from "vitest";
import { type AnnouncementClock, Announcer, type AnnouncerProps } from "../src/announce/Announcer.js";
import { Announcements } from "../src/announce/announcements.js";
import { plainText } from "../src/announce/plain-text.js";
import { SentenceReader } from "../src/announce/sentence-reader.js";

const describeCode = (language: string) => `Code ${language}`.trim();

/** What a reader gives of a text that arrives in steps of so many characters. */
function streamed(text: string, language = "en", step = 1): string[] {
  const reader = new SentenceReader(language, describeCode);
  const words: string[] = [];
  for (let length = 1; length <= text.length; length += step) {
    for (const sentence of reader.read(text.slice(0, length), false)) {
      expect(text.slice(0, length)).toContain(text.slice(0, sentence.end));
      words.push(sentence.words);
    }
  }
  return [...words, ...reader.read(text, true).map((sentence) => sentence.words)];
}

describe("sentences", () => {
  it.each([
    [
      "en",
      "The sky is blue. It scatters light! Why? Because",
      ["The sky is blue.", "It scatters light!", "Why?", "Because"],
    ],
    ["en", "It costs 3.5 euros. Yes.", ["It costs 3.5 euros.", "Yes."]],
    ["en", "A sentence\nover two lines. Next one.", ["A sentence over two lines.", "Next one."]],
    ["ja", "空は青いです。光が散乱します！なぜ？それは", ["空は青いです。", "光が散乱します！", "なぜ？", "それは"]],
    ["ar", "السماء زرقاء. لماذا؟ لأن", ["السماء زرقاء.", "لماذا؟", "لأن"]],
    ["hi", "आकाश नीला है। क्यों", ["आकाश नीला है।", "क्यों"]],
    [
      "en",
      "# Title\n\nText **bold.** And [a link](https://example.com/a.b).\n",
      ["Title", "Text bold.", "And a link."],
    ],
    ["en", "1. First item\n2. Second `code`\n- [x] Done\n", ["1. First item", "2. Second code", "Done"]],
    ["en", "| A | B |\n|---|---|\n| 1 | 2 |\n", ["A, B", "1, 2"]],
    ["en", "Look.\n\n```ts\nlet x = 1. Y\nfoo. Bar\n```\n\nDone.", ["Look.", "Code ts", "Done."]],
    ["en", "Look.\n\n```ts\nlet x", ["Look.", "Code ts"]],
  ])("in %s of %j are given once, and whole", (language, text, expected) => {
    expect(streamed(text, language)).toEqual(expected);
  });

  it("are not given again where an answer repeats itself", () => {
    const reader = new SentenceReader("en", describeCode);
    const read = (text: string, ended = false) => reader.read(text, ended).map((sentence) => sentence.words);
    expect(read("One. Two. Three")).toEqual(["One.", "Two."]);
    expect(read("")).toEqual([]);
    expect(read("One. T")).toEqual([]);
    expect(read("One. Then four. Five")).toEqual(["Then four."]);
    expect(read("One. Then four. Five", true)).toEqual(["Five"]);
  });

  it("without an end are cut", () => {
    const words = streamed("word ".repeat(1_000), "en", 50);
    expect(words.length).toBeGreaterThan(1);
    expect(words.join(" ").split(" ").length).toBeLessThanOrEqual(1_000 + words.length);
  });

  it("of a long earlier text are passed over", () => {
    const reader = new SentenceReader("en", describeCode);
    const sentences = reader.read(`${"A sentence. ".repeat(100_000)}\n\nThe last one. And`, false);
    expect(sentences.map(({ words }) => words)).toEqual(["The last one."]);
  });
});

describe("plain text", () => {
  it.each([
    ["snake_case and 2 * 3", "snake_case and 2 * 3"],
    ["> **Note:** _this_ ~~not~~", "Note: this not"],
    ["![A cat](cat.png) sits", "A cat sits"],
    ["---", ""],
  ])("of %j", (markdown, expected) => {
    expect(plainText(markdown)).toBe(expected);
  });
});

describe("announcements", () => {
  it("are at least a second apart, and say all that waits", () => {
    const announcements = new Announcements({ language: "en", describeCode });
    announcements.update("One. Two", false, false);
    expect(announcements.take(5_000)).toBe("One.");
    announcements.update("One. Two. Three. Four", false, false);
    expect(announcements.take(5_999)).toBeUndefined();
    expect(announcements.due(5_400)).toBe(600);
    expect(announcements.take(6_000)).toBe("Two. Three.");
    announcements.update("One. Two. Three. Four", true, false);
    expect(announcements.take(7_000)).toBe("Four");
    expect(announcements.due(9_000)).toBeUndefined();
  });

  it("leave out what is written while another answer is announced", () => {
    const announcements = new Announcements({ language: "en", describeCode });
    announcements.update("One. Two", false, true);
    expect(announcements.due(0)).toBeUndefined();
    announcements.update("One. Two. Three", false, false);
    expect(announcements.take(0)).toBe("Two.");
  });
});

/** Time that passes when the test says so. */
class ManualClock implements AnnouncementClock {
  #now = 0;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
  }
}

describe("the live region", () => {
  function region() {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
    const host = document.createElement("div");
    const root = createRoot(host);
    const clock = new ManualClock();
    const render = (text: string, streaming: boolean, props: Partial<AnnouncerProps> = {}) =>
      act(() => root.render(<Announcer text={text} streaming={streaming} clock={clock} {...props} />));
    const pass = (milliseconds: number) => act(() => clock.pass(milliseconds));
    return {
      render,
      pass,
      words: () => [...host.querySelectorAll("[aria-live=polite] p")].map((one) => one.textContent),
    };
  }

  it("says whole sentences in batches, and the rest at the end", () => {
    const { render, pass, words } = region();
    render("One", true);
    pass(0);
    expect(words()).toEqual([]);
    render("One. Two", true);
    pass(0);
    expect(words()).toEqual(["One."]);
    render("One. Two. Thr", true);
    pass(500);
    render("One. Two. Three. Four", true);
    expect(words()).toEqual(["One."]);
    pass(500);
    expect(words()).toEqual(["One.", "Two. Three."]);
    render("One. Two. Three. Four", false);
    pass(1_000);
    expect(words()).toEqual(["One.", "Two. Three.", "Four"]);
    pass(5_000);
    expect(words()).toHaveLength(3);
  });

  it("says nothing of an answer that was whole already", () => {
    const { render, pass, words } = region();
    render("One. Two.", false);
    pass(2_000);
    expect(words()).toEqual([]);
  });

  it("is silent while another answer is announced", () => {
    const { render, pass, words } = region();
    render("One. Two", true, { silent: true });
    pass(2_000);
    render("One. Two.", false, { silent: true });
    pass(2_000);
    expect(words()).toEqual([]);
  });
});
