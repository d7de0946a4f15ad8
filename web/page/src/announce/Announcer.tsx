import { type CSSProperties, type ReactNode, useEffect, useRef, useState } from "react";
import { Announcements } from "./announcements.js";

/** What announcing needs of a browser. */
export interface AnnouncementClock {
  /** Milliseconds, growing */
  now(): number;
  /** Calls back after so many milliseconds; returns a function that cancels. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const browserClock: AnnouncementClock = {
  now: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

export interface AnnouncerProps {
  /** All of the answer's text so far, in Markdown */
  text: string;
  /** Whether text will be added */
  streaming: boolean;
  /** Whether another answer is the one that is announced; default false */
  silent?: boolean;
  /** BCP 47 tag of the text's language; default the document's language, or English */
  language?: string;
  /** What is said instead of a code block; default English */
  describeCode?: (language: string) => string;
  /** For tests; default the browser's clock */
  clock?: AnnouncementClock;
}

interface Announcement {
  readonly key: number;
  readonly words: string;
}

const keptAnnouncements = 8;

const visuallyHidden: CSSProperties = {
  position: "absolute",
  inlineSize: 1,
  blockSize: 1,
  margin: -1,
  overflow: "hidden",
  clipPath: "inset(50%)",
  whiteSpace: "nowrap",
};

/**
 * Tells screen readers an answer, sentence by sentence, while it is written: never half a sentence, never one twice,
 * at most once a second. An answer that is whole when it is first shown is not announced.
 */
export function Announcer(props: AnnouncerProps): ReactNode {
  const { text, streaming, silent = false, clock = browserClock } = props;
  const language = props.language ?? (document.documentElement.lang || "en");
  const { describeCode = describeCodeInEnglish } = props;
  const [announcements] = useState(() => {
    const created = new Announcements({ language, describeCode });
    if (!streaming) created.update(text, true, true);
    return created;
  });
  const [said, setSaid] = useState<readonly Announcement[]>([]);
  const cancel = useRef<(() => void) | undefined>(undefined);

  useEffect(() => {
    announcements.update(text, !streaming, silent);
    const say = () => {
      cancel.current = undefined;
      const words = announcements.take(clock.now());
      if (words === undefined) return;
      setSaid((before) => [...before.slice(1 - keptAnnouncements), { key: (before.at(-1)?.key ?? 0) + 1, words }]);
    };
    const due = announcements.due(clock.now());
    if (due !== undefined) cancel.current ??= clock.after(due, say);
  }, [text, streaming, silent, announcements, clock]);

  useEffect(
    () => () => {
      cancel.current?.();
      cancel.current = undefined;
    },
    [],
  );
  return (
    <div role="log" aria-live="polite" aria-relevant="additions" style={visuallyHidden}>
      {said.map(({ key, words }) => (
        <p key={key}>{words}</p>
      ))}
    </div>
  );
}

function describeCodeInEnglish(language: string): string {
  return language === "" ? "Code block." : `Code block, ${language}.`;
}
