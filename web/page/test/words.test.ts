import { describe, expect, it } from "vitest";
import { errorInWords, phaseInWords, reasonInWords } from "../src/words/explain.js";
import { languages, type Words } from "../src/words/index.js";

/** All words with their paths; functions are called with samples. */
function wordsOf(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") {
    return [[path, value]];
  }
  if (typeof value === "function") {
    return [[path, String(value("7", "8"))]];
  }
  return Object.entries(value as object).flatMap(([key, part]) => wordsOf(part, `${path}.${key}`));
}

const each = Object.entries(languages).map(([language, { words }]) => [language, words] as [string, Words]);
const details = { queuedSeconds: undefined, error: undefined, incompleteReason: undefined };

describe.each(each)("the words in %s", (language, words) => {
  it("are none of them empty, and the same as in English", () => {
    const paths = wordsOf(words).map(([path]) => path);
    expect(paths).toEqual(wordsOf(languages.en.words).map(([path]) => path));
    expect(wordsOf(words).filter(([, word]) => word.trim() === "")).toEqual([]);
  });

  it("say how long an answer is queued", () => {
    expect(phaseInWords({ ...details, phase: "queued", queuedSeconds: 3 }, words)).toContain("3");
  });

  it("explain an error by its code, and an unknown one by its message in one line", () => {
    const error = { code: "model_timeout", message: "Upstream said no." };
    expect(errorInWords(error, words)).toBe(words.errors.model_timeout);
    expect(errorInWords({ code: "toString", message: "Odd." }, words)).toBe("Odd (toString)");
    expect(reasonInWords("size_limit", words)).toBe(words.incompleteReasons.size_limit);
    expect(reasonInWords("tired", words)).toContain("tired");
  });

  it("differ from English where they are another language's", () => {
    const same = wordsOf(words).filter(([path, word]) =>
      wordsOf(languages.en.words).some(([p, w]) => p === path && w === word),
    );
    expect(language === "en" || same.length < 15).toBe(true);
  });
});
