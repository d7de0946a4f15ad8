import { Lexer, type Links, type Token, Tokenizer, type Tokens } from "marked";
import { completeInline } from "./completion.js";

/** Reads Markdown without HTML: tags are text, except for a line break, which models write in table cells. */
class TextTokenizer extends Tokenizer {
  override html(): undefined {
    return undefined;
  }

  override tag(src: string): Tokens.Tag | undefined {
    const found = /^<br\s*\/?>/i.exec(src);
    return found ? ({ type: "br", raw: found[0] } as unknown as Tokens.Tag) : undefined;
  }

  /** `~5 to ~6` is not struck out: two tildes are needed. */
  override del(src: string, maskedSrc: string, prevChar?: string): Tokens.Del | undefined {
    return src.startsWith("~~") ? super.del(src, maskedSrc, prevChar) : undefined;
  }
}

/** Block tokens of a source, whose inline text is read in a second step. */
export interface Lexed {
  readonly tokens: Token[];
  /** Reads the inline text of all blocks as it stands. */
  inline(): void;
  /** Reads the inline text of all blocks; the last one is completed, since it is still being written. */
  inlineCompleted(): void;
}

/** Reads the blocks of a source. Definitions of links are looked up in, and added to, the given links. */
export function lexBlocks(source: string, links: Links, continuation = ""): Lexed {
  const lexer = new Lexer({ gfm: true, tokenizer: new TextTokenizer() });
  lexer.tokens.links = links;
  lexer.blockTokens(source, lexer.tokens);
  const queue = lexer.inlineQueue;
  const first = queue[0];
  if (first && continuation !== "" && first.src.startsWith(continuation)) {
    first.src = first.src.slice(continuation.length);
  }
  const read = (open: Token[] | undefined) => {
    for (const entry of queue) {
      lexer.inlineTokens(entry.tokens === open ? completeInline(entry.src) : entry.src, entry.tokens);
    }
    queue.length = 0;
  };
  return {
    tokens: lexer.tokens,
    inline: () => read(undefined),
    inlineCompleted: () => read(lastInline(lexer.tokens)),
  };
}

/** Returns the inline tokens at the very end of the blocks, or undefined where the end is no inline text. */
function lastInline(tokens: Token[]): Token[] | undefined {
  const last = tokens.at(-1);
  switch (last?.type) {
    case "list":
      return lastInline((last as Tokens.List).items.at(-1)?.tokens ?? []);
    case "blockquote":
      return lastInline((last as Tokens.Blockquote).tokens);
    case "table": {
      const table = last as Tokens.Table;
      const row = table.rows.at(-1) ?? table.header;
      return row.findLast((cell) => cell.text !== "")?.tokens;
    }
    case "paragraph":
    case "heading":
    case "text":
      return (last as Tokens.Paragraph).tokens;
    default:
      return undefined;
  }
}
