import { memo, type ReactNode, useEffect, useReducer, useRef, useState } from "react";
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
export const CodeChunkView = memo(
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
    const lines = text.split("\n");
    const style = long
      ? { containIntrinsicSize: `${Math.max(...lines.map(({ length }) => length))}ch ${lines.length}lh` }
      : undefined;
    return (
      <span ref={element} className="markdown-code-chunk" style={style}>
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
