import type { ReactNode } from "react";
import type { Side } from "../state/side.js";
import { axisSeconds, columns, type Mark, type MarkKind, type Timeline } from "../state/timeline.js";
import { useWords, type Words } from "../words/index.js";
import { useNow, useOptionalStore, useStore } from "./hooks.js";

const width = 400;
const height = 24;
/** Marks with a name in the drawing: what a person wants to see happen. */
const named: ReadonlySet<MarkKind> = new Set(["cut", "resumed", "restarted"]);
/** Names nearer than this, in percent of the width, are joined. */
const nameRoom = 22;

export interface TimelineViewProps {
  side: Side;
  /** The other answer to the question: both drawings have the scale of the longer one */
  beside: Side | undefined;
}

/** Draws when what of an answer arrived: a tick for each delta, a taller line for each mark. */
export function TimelineView(props: TimelineViewProps): ReactNode {
  const words = useWords();
  const side = useStore(props.side);
  const beside = useOptionalStore(props.beside);
  // The scale grows until both answers have ended.
  const now = useNow(!side.ended || beside?.ended === false);
  const { timeline } = side;
  const elapsed = timeline.elapsed(now);
  const elapsedBeside = beside?.timeline.elapsed(now) ?? 0;
  const axis = axisSeconds(Math.max(elapsed, elapsedBeside));
  const percent = (at: number) => Math.min(100, Math.max(0, ((at - timeline.start) / (axis * 1000)) * 100));
  const ticks = columns(timeline.slots, axis, width).map((column) => `M${column} 8v12`);
  return (
    <div className="timeline">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <path className="timeline-axis" d={`M0 ${height - 1}H${width}`} />
        <path
          className="timeline-elapsed"
          d={`M0 ${height - 1}H${(percent(timeline.start + elapsed) * width) / 100}`}
        />
        <path className="timeline-ticks" d={ticks.join("")} />
        {timeline.marks.map((mark, index) => (
          <path
            // biome-ignore lint/suspicious/noArrayIndexKey: marks are only added
            key={index}
            className={`timeline-mark timeline-mark-${mark.kind}`}
            d={`M${(percent(mark.at) * width) / 100} 2v${height - 2}`}
          />
        ))}
      </svg>
      <div className="timeline-names" aria-hidden="true">
        {namesOf(timeline.marks, percent, words).map(({ at, text, kind }) => (
          <span
            key={at}
            className={`timeline-name timeline-name-${kind}`}
            style={at > 60 ? { insetInlineEnd: `${100 - at}%` } : { insetInlineStart: `${at}%` }}
          >
            {text}
          </span>
        ))}
        <span className="timeline-scale">{words.timeline.seconds(axis)}</span>
      </div>
      <p className="hidden">{summary(timeline, elapsed, words)}</p>
    </div>
  );
}

interface Name {
  readonly at: number;
  readonly text: string;
  readonly kind: MarkKind;
}

function namesOf(marks: readonly Mark[], percent: (at: number) => number, words: Words): readonly Name[] {
  const names: Name[] = [];
  for (const mark of marks) {
    if (!named.has(mark.kind)) {
      continue;
    }
    const at = percent(mark.at);
    const text = words.timeline.marks[mark.kind];
    const last = names.at(-1);
    if (last !== undefined && at - last.at < nameRoom) {
      const joined = last.text.includes(text) ? last.text : `${last.text} · ${text}`;
      names[names.length - 1] = { ...last, text: joined };
    } else {
      names.push({ at, text, kind: mark.kind });
    }
  }
  return names.slice(-3);
}

/** The text alternative of the drawing. */
function summary(timeline: Timeline, elapsed: number, words: Words): string {
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(1);
  const marks = timeline.marks.map(({ kind, at }) =>
    words.timeline.at(words.timeline.marks[kind], seconds(at - timeline.start)),
  );
  return [words.timeline.summary(timeline.deltas, seconds(elapsed)), ...marks].join(", ");
}
