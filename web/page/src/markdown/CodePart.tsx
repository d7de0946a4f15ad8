import { type CSSProperties, memo, type ReactNode, useEffect, useReducer, useRef, useState } from "react";
import type { CodeChunk } from "./code-text.js";
import type { ChunkHighlighter } from "./highlight/chunk-highlighter.js";

interface CodeChunkProps {
  chunks: readonly CodeChunk[];
  index: number;
  highlighter: ChunkHighlighter | undefined;
  /** Whether the block is so long that only what is near the viewport is highlighted */
  long: boolean;
}

/** Lines of a code block, highlighted. */
const CodeChunkView = memo(
  ({ chunks, index, highlighter, long }: CodeChunkProps): ReactNode => {
    const element = useRef<HTMLSpanElement>(null);
    const near = useNearViewport(element, long);
    const [, askAgain] = useReducer((count: number) => count + 1, 0);
    const spans = near ? highlighter?.spans(chunks, index) : undefined;
    const waiting = near && highlighter !== undefined && spans === undefined;
    useEffect(() => {
      if (!waiting) return;
      const handle = requestAnimationFrame(askAgain);
      return () => cancelAnimationFrame(handle);
    });
    const text = chunks[index]?.text ?? "";
    const size = long ? skippedSize(chunks.slice(index, index + 1)) : undefined;
    return (
      <span ref={element} className="markdown-code-chunk" style={size}>
        {spans?.map(({ text, kind }, position) =>
          kind === undefined ? (
            text
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other identity
            <span key={position} className={`token-${kind}`}>
              {text}
            </span>
          ),
        ) ?? text}
      </span>
    );
  },
  (before, after) =>
    before.chunks[before.index]?.text === after.chunks[after.index]?.text &&
    before.highlighter === after.highlighter &&
    before.long === after.long,
);

interface CodePartProps {
  chunks: readonly CodeChunk[];
  from: number;
  highlighter: ChunkHighlighter | undefined;
  long: boolean;
}

/** Chunks of a part; the browser watches no chunk of a part that is far from the viewport. */
export const chunksOfPart = 24;

/** A part of a code block, which is skipped as a whole while it is far from the viewport. */
export const CodePart = memo(
  ({ chunks, from, highlighter, long }: CodePartProps): ReactNode => {
    const part = chunks.slice(from, from + chunksOfPart);
    return (
      <span className="markdown-code-part" style={long ? skippedSize(part) : undefined}>
        {part.map((_, index) => (
          <CodeChunkView
            // biome-ignore lint/suspicious/noArrayIndexKey: chunks are only added at the end
            key={index}
            chunks={chunks}
            index={from + index}
            highlighter={highlighter}
            long={long}
          />
        ))}
      </span>
    );
  },
  (before, after) =>
    before.highlighter === after.highlighter && before.long === after.long && sameText(before, after, chunksOfPart),
);

/** Whether a part is the same: of chunks that are only added, the last one tells. */
function sameText(before: CodePartProps, after: CodePartProps, count: number): boolean {
  const last = Math.min(after.from + count, after.chunks.length) - 1;
  return (
    Math.min(before.from + count, before.chunks.length) - 1 === last &&
    before.chunks[before.from] === after.chunks[after.from] &&
    before.chunks[last] === after.chunks[last]
  );
}

const sizes = new WeakMap<CodeChunk, { lines: number; columns: number }>();

function sizeOf(chunk: CodeChunk): { lines: number; columns: number } {
  let size = sizes.get(chunk);
  if (!size) {
    const lines = chunk.text.split("\n");
    size = { lines: lines.length, columns: Math.max(...lines.map(({ length }) => length)) };
    sizes.set(chunk, size);
  }
  return size;
}

/** Size of chunks while they are skipped; it is right where all characters have one width. */
function skippedSize(chunks: readonly CodeChunk[]): CSSProperties {
  const all = chunks.map(sizeOf);
  const lines = all.reduce((sum, size) => sum + size.lines, 0);
  return { containIntrinsicSize: `${Math.max(0, ...all.map(({ columns }) => columns))}ch ${lines}lh` };
}

/** Whether the browser lays an element out, which it does near the viewport. */
function useNearViewport(element: { readonly current: HTMLElement | null }, long: boolean): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const { current } = element;
    if (!long || !current) return;
    const changed = (event: Event) => setNear(!(event as Event & { skipped: boolean }).skipped);
    current.addEventListener("contentvisibilityautostatechange", changed);
    return () => current.removeEventListener("contentvisibilityautostatechange", changed);
  }, [element, long]);
  return near || !long;
}
