import { type StreamParser, StringStream } from "@codemirror/streamparser";
import type { CodeChunk } from "../code-text.js";

/** What a piece of code is; each kind has a colour. */
export type TokenKind = "keyword" | "string" | "comment" | "number" | "title";

/** A piece of code of one kind, or of none. */
export interface Span {
  readonly text: string;
  readonly kind: TokenKind | undefined;
}

type Parser = StreamParser<unknown>;

/** Chunks whose state is computed in one go at most: some 10 ms */
const chunksAtOnce = 32;
/** Data, rather than code that is read: a screen of such lines would have more elements than all the rest of a page. */
const longLine = 1_000;

/**
 * Highlights code chunk by chunk. Each chunk goes on where the one before ended, within a comment for instance, so that
 * no chunk is read again when code is added.
 */
export class ChunkHighlighter {
  readonly #parser: Parser;
  /** State before each chunk, as far as it is known */
  readonly #states: unknown[];

  constructor(parser: Parser) {
    this.#parser = parser;
    this.#states = [parser.startState?.(2) ?? {}];
  }

  /** Returns the pieces of a chunk, or undefined where so many chunks come before it that it has to be asked again. */
  spans(chunks: readonly CodeChunk[], index: number): readonly Span[] | undefined {
    const known = this.#states.length;
    for (let next = known - 1; next < Math.min(index, known + chunksAtOnce); next++) {
      this.#states[next + 1] = read(this.#parser, chunks[next]?.text ?? "", this.#states[next]).state;
    }
    const chunk = chunks[index];
    if (chunk === undefined || index >= this.#states.length) return undefined;
    return read(this.#parser, chunk.text, this.#states[index]).spans;
  }
}

function read(parser: Parser, text: string, before: unknown): { spans: Span[]; state: unknown } {
  const state = copied(parser, before);
  const spans: Span[] = [];
  const lines = text.split("\n");
  lines.forEach((line, index) => {
    readLine(parser, line, state, spans);
    if (index < lines.length - 1) add(spans, "\n", undefined);
  });
  return { spans, state };
}

function readLine(parser: Parser, line: string, state: unknown, spans: Span[]): void {
  if (line === "") {
    parser.blankLine?.(state, 2);
    return;
  }
  if (line.length > longLine) {
    add(spans, line, undefined);
    return;
  }
  const stream = new StringStream(line, 4, 2);
  while (!stream.eol()) {
    stream.start = stream.pos;
    let style = parser.token(stream, state);
    // A parser may return without reading to change its state, but not for ever.
    for (let tries = 0; stream.pos === stream.start && tries < 10; tries++) style = parser.token(stream, state);
    if (stream.pos === stream.start) stream.next();
    add(spans, stream.current(), kindOf(style));
  }
}

function add(spans: Span[], text: string, kind: TokenKind | undefined): void {
  const last = spans.at(-1);
  if (last && last.kind === kind) spans[spans.length - 1] = { text: last.text + text, kind };
  else spans.push({ text, kind });
}

function copied(parser: Parser, state: unknown): unknown {
  if (parser.copyState) return parser.copyState(state);
  const entries = Object.entries(state as object).map(([name, value]) => [
    name,
    Array.isArray(value) ? [...value] : value,
  ]);
  return Object.fromEntries(entries);
}

const kinds: readonly (readonly [RegExp, TokenKind])[] = [
  [/comment/, "comment"],
  [/string|regexp|inserted/, "string"],
  [/number|atom|bool|null|unit/, "number"],
  [/\b(?:def|definition|standard|builtin|type\w*|attribute\w*|heading|link)\b/, "title"],
  [/keyword|tag|modifier|deleted|meta/, "keyword"],
];

function kindOf(style: string | null): TokenKind | undefined {
  return style === null ? undefined : kinds.find(([pattern]) => pattern.test(style))?.[1];
}
