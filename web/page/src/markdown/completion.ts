/**
 * Completes half-written inline Markdown: the text of a paragraph, heading or cell that is still being written is
 * changed into what it will most likely become, so that `**bo` is shown as bold at once and never as two asterisks.
 */

/** A delimiter that was opened and not closed yet. */
interface Opener {
  readonly mark: string;
  readonly closer: (length: number) => string;
  readonly at: number;
  length: number;
}

/** The destination of a link whose address has not arrived; the renderer shows such a link without an address. */
const pendingLink = "]()";
const letterOrDigit = /[\p{L}\p{N}]/u;
const punctuation = /[\p{P}\p{S}]/u;

/** Returns the text with every open mark closed, and without trailing marks that have no meaning yet. */
export function completeInline(text: string): string {
  const openers: Opener[] = [];
  let body = text;
  let at = 0;
  while (at < body.length) {
    const mark = body.charAt(at);
    if (mark === "\\") {
      if (at === body.length - 1) body = body.slice(0, at);
      at += 2;
    } else if (mark === "`") {
      const code = codeSpan(body, at);
      if (code.open !== undefined) return close(code.open, openers, code.closer);
      at = code.end;
    } else if (mark === "<") {
      at += /^<[a-z][^\s<>]*>/i.exec(body.slice(at, at + 500))?.[0].length ?? 1;
    } else if (mark === "[") {
      if (opensLink(body, at)) {
        const image = body.charAt(at - 1) === "!";
        openers.push({ mark, at: image ? at - 1 : at, length: image ? 2 : 1, closer: () => pendingLink });
      }
      at++;
    } else if (mark === "]") {
      const link = endOfLink(body, at, openers);
      if (link === undefined) return close(body.slice(0, at), openers);
      at = link;
    } else if (mark === "*" || mark === "_" || mark === "~") {
      const end = endOfRun(body, at);
      if (end === body.length) {
        body = body.slice(0, at);
      } else {
        delimiterRun(body, at, end, openers);
      }
      at = end;
    } else {
      at++;
    }
  }
  return close(withoutHalfEntity(body), openers);
}

function endOfRun(text: string, start: number): number {
  let end = start;
  while (text.charAt(end) === text.charAt(start)) end++;
  return end;
}

type CodeSpan = { end: number; open?: undefined } | { open: string; closer: string };

function codeSpan(body: string, start: number): CodeSpan {
  const end = endOfRun(body, start);
  const run = body.slice(start, end);
  for (let next = body.indexOf(run, end); next >= 0; ) {
    const nextEnd = endOfRun(body, next);
    if (nextEnd - next === run.length) return { end: nextEnd };
    next = body.indexOf(run, nextEnd);
  }
  const rest = body.slice(end);
  // A code span over several lines is rarer than a stray backtick, which must not swallow the paragraph.
  if (rest.includes("\n")) return { end };
  const content = rest.replace(/`+$/, "");
  if (content.trim() === "") return { open: body.slice(0, start), closer: "" };
  return { open: body.slice(0, end) + content, closer: run };
}

/** Tells `[text` from `a[0`, `[1` and `[ ]`, which are rarely links. */
function opensLink(body: string, at: number): boolean {
  if (letterOrDigit.test(body.charAt(at - 1))) return false;
  return !/^\[(?:[\s\d^\]]|[xX]\])/.test(body.slice(at, at + 3));
}

/** Returns where to go on after a `]`, or undefined where the text ends within the link that it closes. */
function endOfLink(body: string, at: number, openers: Opener[]): number | undefined {
  const opener = openers.findLastIndex((candidate) => candidate.mark === "[");
  if (opener < 0) return at + 1;
  const next = body.charAt(at + 1);
  if (next === "") return undefined;
  if (next === "(") {
    const end = endOfDestination(body, at + 1);
    if (end === undefined) return undefined;
    openers.length = opener;
    return end;
  }
  openers.splice(opener, 1);
  return at + 1;
}

function endOfDestination(body: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < body.length; at++) {
    const character = body.charAt(at);
    if (character === "\\") at++;
    else if (character === "\n" && body.charAt(at + 1) === "\n") return at;
    else if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return at + 1;
  }
  return undefined;
}

/** Opens or closes emphasis by the flanking rules of CommonMark 0.31, section 6.2. */
function delimiterRun(body: string, start: number, end: number, openers: Opener[]): void {
  const mark = body.charAt(start);
  const before = characterBefore(body, start);
  const after = String.fromCodePoint(body.codePointAt(end) ?? 32);
  let length = end - start;
  if (mark === "~" && length !== 2) return;
  if (rightFlanking(before, after)) {
    for (let index = openers.length - 1; index >= 0 && length > 0; index--) {
      const opener = openers[index] as Opener;
      if (opener.mark !== mark) continue;
      const used = Math.min(length, opener.length);
      length -= used;
      opener.length -= used;
      openers.length = opener.length === 0 ? index : index + 1;
    }
  }
  // Within a word a star is more often a product than emphasis.
  const withinWord = letterOrDigit.test(before) && letterOrDigit.test(after);
  if (length > 0 && !withinWord && rightFlanking(after, before)) {
    openers.push({ mark, at: start, length, closer: (rest) => mark.repeat(rest) });
  }
}

function characterBefore(body: string, at: number): string {
  const low = body.charAt(at - 1);
  return /[\udc00-\udfff]/.test(low) ? body.slice(at - 2, at) : low;
}

function rightFlanking(inner: string, outer: string): boolean {
  if (inner === "" || /\s/.test(inner)) return false;
  return !punctuation.test(inner) || outer === "" || /\s/.test(outer) || punctuation.test(outer);
}

/** `&am` would be shown as it is and then vanish in `&amp;`. */
function withoutHalfEntity(body: string): string {
  return body.replace(/&(?:#?[a-z0-9]{0,8})$/i, "");
}

function close(body: string, openers: Opener[], closer = ""): string {
  let text = body + closer;
  for (const opener of openers.toReversed()) {
    const content = text.trimEnd();
    if (content.length <= opener.at + opener.length) {
      text = text.slice(0, opener.at);
    } else {
      // A closing mark after a space would not close.
      text = content + opener.closer(opener.length) + text.slice(content.length);
    }
  }
  return text;
}

const markersOnly = /^[\s>*+-]*(?:[\s>*+\-_=~`#|:!\\]*|\d{1,9}[.)]?\s*)$/;
const halfTask = /^[\s>]*(?:[-*+]|\d{1,9}[.)])\s+\[(?:[ xX](?:\]\s*)?)?$/;
const halfDefinition = /^ {0,3}\[[^\]\n]{0,200}(?:\](?::[^\n]*)?)?$/;

/**
 * Whether the line that is being written may still become something else than what it looks like: `-` may become an
 * item, a rule or the underline of a heading. Such a line is shown when its next character has arrived.
 */
export function isAmbiguous(line: string): boolean {
  return line.length < 400 && (markersOnly.test(line) || halfTask.test(line) || halfDefinition.test(line));
}

/** Returns the delimiter row for a table of which only the header has arrived, or undefined for another line. */
export function delimiterRow(line: string): string | undefined {
  if (!/^ {0,3}\|\s*[^\s|]/.test(line)) return undefined;
  const cells = line
    .trim()
    .replace(/^\|/, "")
    .replace(/([^\\])\|$/, "$1")
    .match(/(?:\\.|[^\\|])*(?:\||$)/g);
  const columns = (cells ?? []).filter((cell, index, all) => cell !== "" || index < all.length - 1).length;
  return `|${"---|".repeat(Math.max(1, columns))}`;
}
