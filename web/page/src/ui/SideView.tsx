import { type ReactNode, useId, useState } from "react";
import { Announcer } from "../announce/index.js";
import type { Side } from "../state/side.js";
import { phaseInWords } from "../words/explain.js";
import { useWords, type Words } from "../words/index.js";
import { Button } from "./Button.js";
import { useCopy, useFollowing, useNow, useStore } from "./hooks.js";
import { OutputView } from "./OutputView.js";
import { TimelineView } from "./TimelineView.js";

export interface SideViewProps {
  side: Side;
  /** The other answer to the question */
  beside: Side | undefined;
  place: "left" | "right";
  /** Whether a screen reader is told the answer while it is written */
  announced: boolean;
  /** Undefined where the question can't be asked again */
  onAskAgain: (() => void) | undefined;
  onCopyFailed: () => void;
}

/** One answer with its state, its figures and what can be done with it. */
export function SideView(props: SideViewProps): ReactNode {
  const { place, announced, onAskAgain, onCopyFailed } = props;
  const side = useStore(props.side);
  const words = useWords();
  const now = useNow(!side.ended);
  const heading = useId();
  const [copied, copy] = useCopy(onCopyFailed);
  const [box, content] = useFollowing();
  const [expanded, setExpanded] = useState(false);
  const name = words.sideNames[side.transport];
  const markdown = side.markdown;
  const state = stateOf(side, now, words);
  return (
    <article
      className={`card card-${place}`}
      aria-labelledby={heading}
      data-phase={side.phase}
      data-expanded={expanded || undefined}
    >
      <header className="card-head">
        <h3 id={heading}>
          <span className="hidden">{words.sideLabels[place]}: </span>
          {name}
        </h3>
        <div className="card-actions">
          {!side.ended && (
            <Button icon="stop" label={words.actions.stop} onPress={() => side.answer.stop()} kind="danger" collapses />
          )}
          {side.ended && onAskAgain !== undefined && (
            <Button icon="again" label={words.actions.askAgain} onPress={onAskAgain} quiet />
          )}
          <Button
            icon={copied ? "check" : "copy"}
            label={copied ? words.actions.copied : words.actions.copy}
            onPress={() => copy(markdown)}
            unavailable={markdown === ""}
            quiet
          />
          <Button
            icon={expanded ? "collapse" : "expand"}
            label={expanded ? words.actions.collapse : words.actions.expand}
            onPress={() => setExpanded(!expanded)}
            quiet
          />
        </div>
      </header>
      <p className="state">
        <span className="state-dot" aria-hidden="true" />
        <span className="state-words">{state.words}</span>
        {[...state.notes, ...state.passing].map((note) => (
          <span key={note} className="state-note">
            {note}
          </span>
        ))}
      </p>
      <p className="hidden" role="status">
        {`${name}: ${[state.announced, ...state.notes].join(", ")}`}
      </p>
      <TimelineView side={side} beside={props.beside} />
      <Figures side={side} />
      {/* biome-ignore-start lint/a11y: a box that scrolls is reached by the keyboard, and is no landmark */}
      <div ref={box} className="answer" role="group" aria-label={words.output.label(name)} tabIndex={0} data-focus-home>
        {/* biome-ignore-end lint/a11y: see above */}
        <div ref={content} className="answer-content">
          <OutputView output={side.output} streaming={!side.ended} />
          {side.output.length === 0 && (
            <p className="muted">{side.ended ? words.output.empty : words.output.waiting}</p>
          )}
        </div>
      </div>
      <Announcer text={markdown} streaming={!side.ended} silent={!announced} describeCode={words.codeAnnounced} />
    </article>
  );
}

interface State {
  readonly words: string;
  /** As `words`, without seconds that run */
  readonly announced: string;
  readonly notes: readonly string[];
  /** Notes that change every second, which are not announced */
  readonly passing: readonly string[];
}

function stateOf(side: Side, now: number, words: Words): State {
  const { phase, error, incompleteReason, answer } = side;
  const shown = phaseInWords({ phase, queuedSeconds: side.queuedSeconds(now), error, incompleteReason }, words);
  const notes: string[] = [];
  if (answer.attempt > 1) {
    notes.push(words.notes.restarted(answer.attempt));
  }
  if (answer.resumes > 0) {
    notes.push(words.notes.resumed(answer.resumes));
  }
  if (answer.transport !== side.transport) {
    notes.push(words.notes.byHttp);
  }
  if (side.origin === "followed" && side.ended) {
    notes.push(words.notes.followed);
  }
  const silent = side.silentSeconds(now);
  return {
    words: shown,
    announced: phase === "queued" ? words.phases.queuedAnnounced : shown,
    notes,
    passing: silent === undefined ? [] : [words.notes.silent(silent)],
  };
}

/** First-delta time, deltas a second, tokens. Those of an answer that is read again say nothing, so they are left out. */
function Figures({ side }: { side: Side }): ReactNode {
  const words = useWords();
  const { timeline, usage, origin } = side;
  const first = origin === "asked" ? timeline.firstDeltaAfter : undefined;
  const rate = origin === "asked" ? timeline.rate : undefined;
  const { none } = words.figures;
  return (
    <dl className="figures" aria-label={words.figures.label}>
      <Figure name={words.figures.firstDelta} value={first === undefined ? none : words.figures.milliseconds(first)} />
      <Figure name={words.figures.rate} value={rate === undefined ? none : rate.toFixed(rate < 100 ? 1 : 0)} />
      <Figure
        name={words.figures.tokens}
        value={usage === undefined ? none : `${usage.input_tokens} / ${usage.output_tokens}`}
      />
    </dl>
  );
}

function Figure({ name, value }: { name: string; value: string }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
