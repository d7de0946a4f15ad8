import { simpleMode } from "@codemirror/legacy-modes/mode/simple-mode";
import type { StreamParser } from "@codemirror/streamparser";

/** What tells the languages of a family apart. */
export interface Dialect {
  /** Separated by spaces */
  readonly keywords: string;
  /** Constants, separated by spaces */
  readonly constants?: string;
  /** Start of a comment that ends with the line */
  readonly lineComment?: RegExp;
  /** Start and end of a comment over lines */
  readonly blockComment?: readonly [RegExp, RegExp];
  /** Start and end of a string over lines */
  readonly longString?: readonly [RegExp, RegExp];
  /** Strings within a line */
  readonly strings?: RegExp;
  /** What is coloured like a definition */
  readonly titles?: RegExp;
  readonly ignoreCase?: boolean;
}

const quoted = /"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?/;
const call = /[A-Za-z_$][\w$]*(?=\s*\()/;
const number = /(?:0[xX][\da-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?\d+)?)[A-Za-z%]*/;

/** Makes a parser for a language with words, strings and comments like those of C. */
export function languageFamily(dialect: Dialect): StreamParser<unknown> {
  const { lineComment = /\/\//, blockComment = [/\/\*/, /\*\//], longString, strings = quoted } = dialect;
  const rule = (regex: RegExp, token: string | null) => ({ regex: sensitive(regex, dialect.ignoreCase), token });
  return simpleMode({
    start: [
      rule(new RegExp(`(?:${lineComment.source}).*`), "comment"),
      { regex: blockComment[0], token: "comment", next: "comment" },
      ...(longString ? [{ regex: longString[0], token: "string", next: "string" }] : []),
      rule(strings, "string"),
      rule(words(dialect.keywords), "keyword"),
      ...(dialect.constants ? [rule(words(dialect.constants), "atom")] : []),
      rule(dialect.titles ?? call, "def"),
      rule(number, "number"),
      rule(/[A-Za-z_$@#-][\w$-]*/, null),
      rule(/\s+|[^\w\s"'`/#-]+/, null),
    ],
    comment: rest(blockComment[1], "comment"),
    string: rest(longString?.[1] ?? /$/, "string"),
  });
}

function words(list: string): RegExp {
  return new RegExp(`(?:${list.split(" ").join("|")})(?![\\w$-])`);
}

function sensitive(regex: RegExp, ignoreCase = false): RegExp {
  return ignoreCase ? new RegExp(regex.source, "i") : regex;
}

/** The rest of something over lines, up to its end. */
function rest(end: RegExp, token: string) {
  return [
    { regex: new RegExp(`.*?(?:${end.source})`), token, next: "start" },
    { regex: /.+/, token },
  ];
}
