/** The page that is measured: an answer, followed to its end while it grows, as a reader does who watches it. */
import { StrictMode, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { Announcer } from "../src/announce/index.js";
import { Markdown } from "../src/markdown/index.js";

interface Streamed {
  text: string;
  streaming: boolean;
}

let streamed: Streamed = { text: "", streaming: true };
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set(next: Streamed): void {
  streamed = next;
  for (const listener of listeners) listener();
}

function Answer() {
  const { text, streaming } = useSyncExternalStore(subscribe, () => streamed);
  return (
    <>
      <Markdown text={text} streaming={streaming} />
      <Announcer text={text} streaming={streaming} />
    </>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Answer />
  </StrictMode>,
);

let follow = true;
function followEnd(): void {
  if (follow) scrollTo(0, 1e9);
  requestAnimationFrame(followEnd);
}
followEnd();

let shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) shift += (entry as PerformanceEntry & { value: number }).value;
}).observe({ type: "layout-shift", buffered: true });

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** Streams a text by deltas of a size, one a millisecond count, and returns when all of it is shown. */
async function stream(text: string, characters: number, milliseconds: number, followed: boolean) {
  follow = followed;
  shift = 0;
  const begin = performance.now();
  for (let at = 0; at < text.length; at += characters) {
    set({ text: streamed.text + text.slice(at, at + characters), streaming: true });
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
  const sent = performance.now();
  set({ text: streamed.text, streaming: false });
  const end = text.trimEnd().slice(-20);
  const last = () => document.querySelector(".markdown-section:last-child > :last-child")?.textContent?.trimEnd() ?? "";
  while (!last().endsWith(end)) await frame();
  await frame();
  await frame();
  return { sent: sent - begin, shown: performance.now() - begin, shift, nodes: document.querySelectorAll("*").length };
}

Object.assign(globalThis, { stream });
