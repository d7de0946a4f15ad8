import { plainText } from "./plain-text.js";

/** Longest sentence; a text without an end of sentence is cut there, so that nothing is read again and again. */
const longSentence = 1_000;
/** A text that grows by more at once is an earlier one, shown again: it is passed over up to its last lines. */
const longAddition = 20_000;
const fence = /^ {0,3}(`{3,}|~{3,})([^\n`]*)\n/m;
const numberOnly = /^\s*\d{1,9}[.)]\s*$/;

/** A sentence of an answer: what is said, and where it ends in the text. */
export interface Sentence {
  readonly words: string;
  readonly end: number;
}

/** Cuts an answer in Markdown, which grows, into sentences of plain text, and gives each whole sentence once. */
export class SentenceReader {
  readonly #segmenter: Intl.Segmenter;
  readonly #describeCode: (language: string) => string;
  /** The text up to the end of the last sentence that was given */
  #given = "";
  /** Ends of the sentences that were given */
  #ends: number[] = [];
  /** Where the closing fence of an unfinished code block is looked for */
  #searched = 0;

  /**
   * @param language BCP 47 tag of the text's language
   * @param describeCode what is said instead of a code block in the given language, which may be empty
   */
  constructor(language: string, describeCode: (language: string) => string) {
    this.#segmenter = new Intl.Segmenter(language, { granularity: "sentence" });
    this.#describeCode = describeCode;
  }

  /**
   * Returns the sentences that are whole now and were not given before. Where an answer starts again, sentences that
   * it repeats are not given again.
   *
   * @param text all of the text so far
   * @param ended whether nothing will be added, so that what is left counts as a sentence
   */
  read(text: string, ended: boolean): readonly Sentence[] {
    this.#goBack(text);
    if (text.length < this.#given.length) return [];
    if (text.length - this.#given.length > longAddition) this.#passOver(text);
    const sentences: Sentence[] = [];
    let from = this.#given.length;
    for (let taken = this.#next(text, from, ended); taken !== undefined; taken = this.#next(text, from, ended)) {
      for (const sentence of taken) {
        from = sentence.end;
        this.#ends.push(from);
        if (sentence.words !== "") sentences.push(sentence);
      }
    }
    this.#given = text.slice(0, from);
    return sentences;
  }

  /** Forgets sentences that are not in the text, which has started again. */
  #goBack(text: string): void {
    if (text.length >= this.#given.length && text.slice(0, this.#given.length) === this.#given) return;
    let common = 0;
    const least = Math.min(text.length, this.#given.length);
    while (common < least && text.charCodeAt(common) === this.#given.charCodeAt(common)) common++;
    // So far the answer repeats itself; whether it goes on to do so shows later.
    if (common === text.length) return;
    while ((this.#ends.at(-1) ?? 0) > common) this.#ends.pop();
    this.#given = this.#given.slice(0, this.#ends.at(-1) ?? 0);
    this.#searched = 0;
  }

  #passOver(text: string): void {
    const end = text.lastIndexOf("\n\n");
    this.#given = text.slice(0, Math.max(end, text.length - longSentence));
    this.#ends.push(this.#given.length);
  }

  #next(text: string, from: number, ended: boolean): readonly Sentence[] | undefined {
    if (from >= text.length) return undefined;
    const window = text.slice(from, from + longSentence);
    const code = fence.exec(window);
    if (code?.index === 0) return this.#code(text, from, code, ended);
    const prose = code ? window.slice(0, code.index) : window;
    const atEnd = code !== null || (ended && from + prose.length === text.length);
    const segments = this.#segments(withoutSoftBreaks(prose));
    if (!atEnd) {
      const open = segments.pop();
      // The end of a heading's, an item's or a row's line ends the sentence; that of another line may not.
      if (segments.length === 0 && open !== undefined && window.length === longSentence) segments.push(open);
    }
    if (segments.length === 0) return undefined;
    let end = from;
    return segments.map((segment) => {
      end += segment.length;
      return { words: plainText(segment), end };
    });
  }

  #segments(prose: string): string[] {
    const segments: string[] = [];
    for (const { segment } of this.#segmenter.segment(prose)) {
      // The segmenter takes the number of an item for a sentence.
      const last = segments.at(-1);
      if (last !== undefined && numberOnly.test(last)) segments[segments.length - 1] = last + segment;
      else segments.push(segment);
    }
    return segments;
  }

  #code(text: string, from: number, opening: RegExpExecArray, ended: boolean): readonly Sentence[] | undefined {
    const [line, mark = "", info = ""] = opening;
    const closing = new RegExp(`^ {0,3}${mark.charAt(0)}{${mark.length},}[ \\t]*(?:\\n|$)`, "gm");
    closing.lastIndex = Math.max(from + line.length, this.#searched);
    const found = closing.exec(text);
    if (!found && !ended) {
      this.#searched = text.lastIndexOf("\n") + 1;
      return undefined;
    }
    this.#searched = 0;
    const end = found ? found.index + found[0].length : text.length;
    return [{ words: this.#describeCode(info.trim().split(/\s+/)[0] ?? ""), end }];
  }
}

/** Replaces the ends of lines within a paragraph by spaces: the segmenter takes each end of a line for that of a sentence. */
function withoutSoftBreaks(prose: string): string {
  return prose.replace(/^(?! {0,3}(?:#|\|))([^\n]*[^\n\s][^\n]*)\n(?!\s*(?:\n|[-*+>#|]|\d{1,9}[.)]))/gm, "$1 ");
}
