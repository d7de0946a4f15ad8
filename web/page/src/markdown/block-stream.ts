import type { Links, Token, Tokens } from "marked";
import { type CodeChunk, CodeText, chunksOf, cut, linesOfChunk } from "./code-text.js";
import { delimiterRow, isAmbiguous } from "./completion.js";
import { HeadingLevels, type LeveledHeading } from "./heading-levels.js";
import { lexBlocks } from "./lexing.js";

/** A block of an answer, in the order of the text. A finished block never changes. */
export interface Block {
  /** Position among the blocks; it is the same for all states of a block. */
  readonly key: number;
  readonly token: Token;
  /** Text as it was written, for telling two states of a block apart */
  readonly raw: string;
  readonly finished: boolean;
  /** Whether this block goes on a paragraph, list or table that was too long for one block */
  readonly continued: boolean;
  /** Chunks of a code block */
  readonly code?: readonly CodeChunk[] | undefined;
}

/** Blocks that are laid out together, or skipped together while they are far from the viewport. */
export interface BlockGroup {
  readonly key: number;
  readonly blocks: readonly Block[];
  /** Whether no block will be added or changed */
  readonly sealed: boolean;
  /** Estimated number of lines on the screen, for a group that is skipped before it was laid out */
  readonly lines: number;
}

/**
 * Groups that are skipped together. The browser's cost of a frame grows with the number of elements that it has to
 * watch, and those within a skipped section need no watching.
 */
export interface BlockSection {
  readonly key: number;
  readonly groups: readonly BlockGroup[];
  /** Whether no group will be added or changed */
  readonly sealed: boolean;
  /** Estimated number of lines on the screen */
  readonly lines: number;
}

/** What is shown of a text. */
export interface Snapshot {
  readonly sections: readonly BlockSection[];
  /** Whether all of the text was read; false where the budget of characters was used up */
  readonly complete: boolean;
}

const slice = 16_000;
const longBlock = 8_000;
const longContainer = 64_000;
const itemsOfBlock = 64;
const rowsOfBlock = 100;
const charactersOfGroup = 8_000;
const blocksOfGroup = 100;
const groupsOfSection = 12;
/** `[text]` or `[text][name]`, but not `[text](address)` or a task's `[x]` */
const mayRefer = /\[[^\]]{2,}\](?!\()|\[[^\]xX ]\](?!\()/;
/** A word before a text makes it a paragraph, whatever it begins with. */
const paragraphPrefix = "x";

/** A fenced code block whose closing fence has not arrived. */
interface Fence {
  readonly mark: string;
  readonly indent: number;
  readonly language: string;
  readonly text: CodeText;
}

/**
 * Reads Markdown that only grows into blocks. Only the last, open block is read again when text is added; a block that
 * grows too long is finished piece by piece. The cost of an addition therefore does not depend on the text before it.
 */
export class BlockStream {
  #text = "";
  #consumed = 0;
  /** Text that belongs to no finished block */
  #open = "";
  /** Text that is read before the open text, so that it is read as the continuation of a block */
  #prefix = "";
  #continued = false;
  /** Number of the next item where a long ordered list goes on */
  #start: number | undefined;
  #fence: Fence | undefined;
  #links: Links = Object.create(null);
  /** Finished blocks with `[text]` that may be a link whose address is defined later: their groups and positions */
  #references: { readonly group: Block[]; readonly index: number }[] = [];
  #levels = new HeadingLevels();
  #sections: BlockSection[] = [];
  /** Sections of the texts before this one */
  #earlierSections = 0;
  /** Sealed groups of the last section */
  #sealed: BlockGroup[] = [];
  #group: Block[] = [];
  #groupCharacters = 0;
  #key = 0;
  #ended = false;
  #snapshot: Snapshot | undefined;

  /**
   * Reads the text, as far as it is new.
   *
   * @param text all of the text so far; a text that does not begin with the last one starts from nothing
   * @param ended whether nothing will be added
   * @param characters how many new characters may be read at most
   */
  update(text: string, ended: boolean, characters = Number.POSITIVE_INFINITY): Snapshot {
    const same = text.length === this.#text.length && text === this.#text;
    if (!same && !continues(text, this.#text)) this.#reset();
    if (same && this.#snapshot && ended === this.#ended && this.#consumed === text.length) return this.#snapshot;
    this.#text = text;
    const limit = Math.min(text.length, this.#consumed + characters);
    do {
      const to = cut(text, this.#consumed, Math.min(limit, this.#consumed + slice));
      this.#open += normalized(text.slice(this.#consumed, to), text.charAt(this.#consumed - 1));
      this.#consumed = to;
      this.#finishBlocks();
    } while (this.#consumed < limit);
    const complete = this.#consumed === text.length;
    this.#ended = ended && complete;
    this.#snapshot = { sections: this.#shownSections(), complete };
    return this.#snapshot;
  }

  #reset(): void {
    // Keys go on: no node, and no state of a component, of the earlier text is used again for another one.
    this.#earlierSections += this.#sections.length + 1;
    this.#consumed = 0;
    this.#open = "";
    this.#prefix = "";
    this.#continued = false;
    this.#start = undefined;
    this.#fence = undefined;
    this.#links = Object.create(null);
    this.#references = [];
    this.#levels = new HeadingLevels();
    this.#sections = [];
    this.#sealed = [];
    this.#group = [];
    this.#groupCharacters = 0;
    this.#snapshot = undefined;
    this.#ended = false;
  }

  get #sectionKey(): number {
    return this.#earlierSections + this.#sections.length;
  }

  #shownSections(): readonly BlockSection[] {
    const blocks = [...this.#group, ...this.#openBlocks()];
    const open = { key: this.#sealed.length, blocks, sealed: false, lines: linesOf(blocks) };
    const groups = blocks.length === 0 ? this.#sealed : [...this.#sealed, open];
    if (groups.length === 0) return [...this.#sections];
    const lines = groups.reduce((sum, group) => sum + group.lines, 0);
    return [...this.#sections, { key: this.#sectionKey, groups, sealed: false, lines }];
  }

  /** The open text as it will most likely become. */
  #openBlocks(): Block[] {
    if (this.#fence) return [this.#codeBlock(this.#fence, this.#shownLine(this.#fence), this.#ended)];
    const shown = this.#ended ? this.#open : withoutAmbiguousLine(this.#open);
    if (shown === "") return [];
    const source = this.#prefix + (this.#ended ? shown : withDelimiterRow(shown));
    const lexed = lexBlocks(source, Object.create(this.#links), this.#prefix);
    if (this.#ended) lexed.inline();
    else lexed.inlineCompleted();
    const levels = this.#levels.copy();
    const blocks = lexed.tokens.filter(isShown);
    return blocks.map((token, index) => {
      levels.assign(token);
      return this.#block(token, this.#key + index, index === 0, this.#ended);
    });
  }

  #block(token: Token, key: number, first: boolean, finished: boolean): Block {
    const continued = first && this.#continued;
    if (first && this.#start !== undefined && token.type === "list") (token as Tokens.List).start = this.#start;
    const code = token.type === "code" ? chunksOf((token as Tokens.Code).text) : undefined;
    return { key, token, raw: token.raw, finished, continued, code };
  }

  #finishBlocks(): void {
    let progress = true;
    while (progress && this.#open !== "") {
      progress = this.#fence ? this.#readCode(this.#fence) : this.#finishTokens();
    }
  }

  #finishTokens(): boolean {
    const shown = withoutAmbiguousLine(this.#open);
    if (shown === "") return false;
    const lexed = lexBlocks(this.#prefix + shown, Object.create(this.#links), this.#prefix);
    const { tokens } = lexed;
    const count = finishedTokens(tokens, this.#prefix + shown);
    if (count > 0) {
      lexed.inline();
      for (const token of tokens.slice(0, count)) this.#finish(token);
      this.#drop(tokens.slice(0, count).reduce((length, token) => length + token.raw.length, 0));
      return true;
    }
    const [first, ...rest] = tokens;
    if (first === undefined || !rest.every((token) => token.type === "space")) return false;
    return this.#cutLongBlock(first, lexed.inline);
  }

  /** Removes text that was finished from the open text. */
  #drop(length: number, prefix = "", continued = false): void {
    this.#open = this.#open.slice(length - this.#prefix.length);
    this.#prefix = prefix;
    this.#continued = continued;
    if (!continued) this.#start = undefined;
  }

  #finish(token: Token): void {
    if (token.type === "def") {
      const { tag, href, title } = token as Tokens.Def;
      if (this.#links[tag] === undefined) {
        this.#links[tag] = { href, title };
        this.#resolve(tag);
      }
    }
    if (!isShown(token)) return;
    this.#levels.assign(token);
    this.#push(this.#block(token, this.#key, true, true));
    this.#continued = false;
    this.#start = undefined;
  }

  /** Reads finished blocks again that refer to a definition which came after them. */
  #resolve(tag: string): void {
    for (const { group, index } of this.#references) {
      const block = group[index] as Block;
      if (!block.raw.toLowerCase().replace(/\s+/g, " ").includes(`[${tag}]`)) continue;
      const lexed = lexBlocks(block.raw, Object.create(this.#links));
      lexed.inline();
      const token = lexed.tokens.find(isShown);
      if (token?.type !== block.token.type) continue;
      if (token.type === "heading") (token as LeveledHeading).level = (block.token as LeveledHeading).level ?? 1;
      // Another key: what React remembers of the block's parts by their text is out of date.
      group[index] = { ...block, key: -1 - block.key, token };
      this.#renew(group);
    }
  }

  /** Replaces the group of changed blocks, and its section, by others, so that they are rendered. */
  #renew(blocks: Block[]): void {
    const renewed = (group: BlockGroup) => (group.blocks === blocks ? { ...group } : group);
    this.#sealed = this.#sealed.map(renewed);
    const index = this.#sections.findIndex(({ groups }) => groups.some((group) => group.blocks === blocks));
    const section = this.#sections[index];
    if (section) this.#sections[index] = { ...section, groups: section.groups.map(renewed) };
  }

  #push(block: Block): void {
    this.#key = block.key + 1;
    if (!block.code && !block.continued && mayRefer.test(block.raw)) {
      this.#references.push({ group: this.#group, index: this.#group.length });
    }
    this.#group.push(block);
    this.#groupCharacters += charactersOf(block);
    if (this.#groupCharacters < charactersOfGroup && this.#group.length < blocksOfGroup) return;
    this.#sealed.push({ key: this.#sealed.length, blocks: this.#group, sealed: true, lines: linesOf(this.#group) });
    this.#group = [];
    this.#groupCharacters = 0;
    if (this.#sealed.length < groupsOfSection) return;
    const linesOfSection = this.#sealed.reduce((sum, group) => sum + group.lines, 0);
    this.#sections.push({ key: this.#sectionKey, groups: this.#sealed, sealed: true, lines: linesOfSection });
    this.#sealed = [];
  }

  /** Finishes the beginning of a block that is too long to be read again with every addition. */
  #cutLongBlock(token: Token, inline: () => void): boolean {
    const fence = this.#openingFence(token);
    if (fence) {
      this.#drop(this.#open.indexOf("\n") + 1 + this.#prefix.length);
      this.#fence = fence;
      return true;
    }
    const { length } = token.raw;
    switch (token.type) {
      case "list": {
        const list = token as Tokens.List;
        if (list.items.length > 1) {
          if (length < longBlock && list.items.length <= itemsOfBlock) return false;
          inline();
          this.#finishItems(list);
          return true;
        }
        return length > longContainer && this.#finishLines(token);
      }
      case "table": {
        const table = token as Tokens.Table;
        if (table.rows.length < 2 || (length < longBlock && table.rows.length <= rowsOfBlock)) return false;
        inline();
        this.#finishRows(table);
        return true;
      }
      case "blockquote":
        return length > longContainer && this.#finishLines(token);
      case "code":
        return length > longBlock && this.#finishLines(token);
      default:
        return length > longBlock && this.#finishSentences(token);
    }
  }

  #openingFence(token: Token): Fence | undefined {
    const found = token.type === "code" ? /^( {0,3})(`{3,}|~{3,})([^\n]*)\n/.exec(this.#open) : null;
    if (!found) return undefined;
    const [, indent = "", mark = "", info = ""] = found;
    return { mark, indent: indent.length, language: info.trim(), text: new CodeText() };
  }

  #finishItems(list: Tokens.List): void {
    const items = list.items.slice(0, -1);
    let start = this.#start ?? (list.start === "" ? 1 : list.start);
    for (let from = 0; from < items.length; from += itemsOfBlock) {
      const part = items.slice(from, from + itemsOfBlock);
      const raw = part.map((item) => item.raw).join("");
      this.#start = list.ordered ? start : undefined;
      this.#finish({ ...list, raw, items: part });
      this.#continued = true;
      start += part.length;
    }
    this.#drop(this.#prefix.length + items.reduce((length, item) => length + item.raw.length, 0), "", true);
    this.#start = list.ordered ? start : undefined;
  }

  #finishRows(table: Tokens.Table): void {
    const lines = table.raw.split("\n");
    if (lines.at(-1) === "") lines.pop();
    const head = `${lines.slice(0, 2).join("\n")}\n`;
    const finished = `${lines.slice(0, -1).join("\n")}\n`;
    const rows = table.rows.slice(0, -1);
    for (let from = 0; from < rows.length; from += rowsOfBlock) {
      const part = rows.slice(from, from + rowsOfBlock);
      const raw = lines.slice(2 + from, 2 + from + part.length).join("\n");
      this.#finish({ ...table, raw, rows: part });
      this.#continued = true;
    }
    this.#drop(finished.length, head, true);
  }

  /** Finishes all lines but the last one. */
  #finishLines(token: Token): boolean {
    const end = token.raw.lastIndexOf("\n", token.raw.length - 2) + 1;
    if (end <= this.#prefix.length) return this.#finishSentences(token);
    const part = lexBlocks(token.raw.slice(0, end), Object.create(this.#links), this.#prefix);
    part.inline();
    for (const finished of part.tokens) this.#finish(finished);
    this.#drop(end, "", true);
    return true;
  }

  /** Finishes the beginning of a paragraph at a place where it hurts least. */
  #finishSentences(token: Token): boolean {
    const { raw } = token;
    const end = placeToCut(raw, this.#prefix.length);
    const part = lexBlocks(raw.slice(0, end), Object.create(this.#links), this.#prefix);
    part.inline();
    for (const finished of part.tokens) this.#finish(finished);
    const glue = raw.charAt(end - 1);
    this.#drop(end, paragraphPrefix + (/\s/.test(glue) ? glue : ""), true);
    return true;
  }

  #readCode(fence: Fence): boolean {
    const closing = closingFence(fence);
    const strip = new RegExp(`^ {0,${fence.indent}}`);
    let from = 0;
    for (let newline = this.#open.indexOf("\n"); newline >= 0; newline = this.#open.indexOf("\n", from)) {
      const line = this.#open.slice(from, newline);
      from = newline + 1;
      if (closing.test(line)) {
        this.#open = this.#open.slice(from);
        this.#fence = undefined;
        this.#push(this.#codeBlock(fence, "", true));
        return true;
      }
      fence.text.append(`${line.replace(strip, "")}\n`);
    }
    this.#open = this.#open.slice(from);
    if (this.#open.length > longBlock) {
      const end = cut(this.#open, 0, longBlock);
      fence.text.append(this.#open.slice(0, end));
      this.#open = this.#open.slice(end);
    }
    return false;
  }

  /** The line of code that is being written, unless it may become the closing fence. */
  #shownLine(fence: Fence): string {
    const line = this.#open.replace(new RegExp(`^ {0,${fence.indent}}`), "");
    if (this.#ended) return closingFence(fence).test(line) ? "" : line;
    return new RegExp(`^ {0,3}${fence.mark.charAt(0)}*\\s*$`).test(line) ? "" : line;
  }

  #codeBlock(fence: Fence, partialLine: string, finished: boolean): Block {
    const code = fence.text.chunks(partialLine);
    const raw = code.at(-1)?.text ?? "";
    const token: Tokens.Code = { type: "code", raw, lang: fence.language, text: "" };
    return { key: this.#key, token, raw, finished, continued: false, code };
  }
}

function closingFence(fence: Fence): RegExp {
  return new RegExp(`^ {0,3}${fence.mark.charAt(0)}{${fence.mark.length},}\\s*$`);
}

/** Whether a text is an earlier one with something added. */
function continues(text: string, earlier: string): boolean {
  return text.length >= earlier.length && text.slice(0, earlier.length) === earlier;
}

function normalized(text: string, before: string): string {
  if (!text.includes("\r") && before !== "\r") return text;
  const rest = before === "\r" && text.startsWith("\n") ? text.slice(1) : text;
  return rest.replace(/\r\n?/g, "\n");
}

function withoutAmbiguousLine(text: string): string {
  const line = text.lastIndexOf("\n") + 1;
  return isAmbiguous(text.slice(line)) ? text.slice(0, line) : text;
}

/** Makes a table of a table's header at the end of a text. */
function withDelimiterRow(text: string): string {
  const trimmed = text.endsWith("\n") && !text.endsWith("\n\n") ? text.slice(0, -1) : text;
  const row = delimiterRow(trimmed.slice(trimmed.lastIndexOf("\n") + 1));
  return row === undefined || isTableRow(trimmed) ? text : `${trimmed}${trimmed.endsWith("|") ? "" : " |"}\n${row}`;
}

/** Whether the last line belongs to a table, so that it is no header. */
function isTableRow(text: string): boolean {
  const lines = text.slice(text.lastIndexOf("\n\n") + 1).split("\n");
  return lines.some((line) => /^ {0,3}\|?[ \t:|-]*-[ \t:|-]*$/.test(line));
}

function charactersOf(block: Block): number {
  return block.code?.reduce((length, chunk) => length + chunk.text.length, 0) ?? block.raw.length;
}

/** Estimates the lines of blocks on the screen, with the room around them. */
function linesOf(blocks: readonly Block[]): number {
  let sum = 0;
  for (const { raw, code } of blocks) {
    const lines = (code ? (code.at(-1)?.text ?? "") : raw).split("\n");
    if (code) sum += (code.length - 1) * linesOfChunk + lines.length + 3;
    else for (const line of lines) sum += Math.ceil(line.length / 85);
    sum += 0.5;
  }
  return Math.round(sum);
}

function isShown(token: Token): boolean {
  return token.type !== "space" && token.type !== "def";
}

/** Counts the tokens that nothing added to the source can change. */
function finishedTokens(tokens: readonly Token[], source: string): number {
  const lastLine = source.lastIndexOf("\n") + 1;
  let offset = source.length;
  for (let index = tokens.length - 1; index > 0; index--) {
    const token = tokens[index] as Token;
    offset -= token.raw.length;
    // The first line of the next block has to be whole: until then it may turn out to belong to this one.
    if (token.type !== "space" && (offset < lastLine || source.length - offset > 400)) return index;
  }
  return 0;
}

/** Returns a place after the last line, sentence or word that begins no emphasis, link or code. */
function placeToCut(text: string, from: number): number {
  const window = text.slice(0, longBlock);
  const least = Math.max(from + 1, longBlock / 2);
  for (const boundary of [/\n(?=\S)/g, /[.!?]\s+(?=\S)|[。！？]/g, /\s(?=\S)/g]) {
    const place = lastMatch(window, boundary, least);
    if (place !== undefined) return place;
  }
  return cut(text, from, Math.min(text.length, longBlock));
}

function lastMatch(text: string, boundary: RegExp, least: number): number | undefined {
  let place: number | undefined;
  for (const found of text.matchAll(boundary)) {
    const end = found.index + found[0].length;
    if (end >= least) place = end;
  }
  return place;
}
