import { type ReactNode, useState } from "react";
import { bothSides, type Session, type Turn } from "../state/session.js";
import { useWords } from "../words/index.js";
import { preview } from "./preview.js";
import { SideView } from "./SideView.js";

const places = ["left", "right"] as const;

export interface TurnViewProps {
  session: Session;
  turn: Turn;
  /** Whether it is the newest one */
  last: boolean;
}

/** A question and its two answers. */
export function TurnView({ session, turn, last }: TurnViewProps): ReactNode {
  const words = useWords();
  return (
    <article className="turn" data-last={last || undefined}>
      <Prompt text={turn.cut ? `${turn.prompt} …` : (turn.prompt ?? words.turn.unknownPrompt)} />
      <div className="sides">
        {bothSides.map((index) => {
          const side = turn.sides[index];
          const again = last && session.canAskAgain;
          return side === undefined ? null : (
            // It stays where a question is asked again, and so the focus finds its way back into it.
            <div key={index} className="side">
              <SideView
                key={side.timeline.start}
                side={side}
                beside={turn.sides[index === 0 ? 1 : 0]}
                place={places[index] as "left" | "right"}
                announced={last && session.settings.announced === places[index]}
                onAskAgain={again ? () => session.askAgain([index]) : undefined}
                onCopyFailed={() => session.tellCopyFailed()}
              />
            </div>
          );
        })}
      </div>
    </article>
  );
}

/** A question that takes more is folded. */
const wholeCharacters = 160;
const wholeLines = 2;

/** A question as it was typed. A long one is folded to its first words, without empty lines and Markdown's marks. */
function Prompt({ text }: { text: string }): ReactNode {
  const words = useWords();
  const [whole, setWhole] = useState(false);
  const long = text.length > wholeCharacters || text.split("\n", wholeLines + 1).length > wholeLines;
  const folded = long && !whole;
  return (
    <div className="prompt">
      <h2>
        <span className="hidden">{words.turn.you}: </span>
        <span className="prompt-text" data-long={long || undefined} data-folded={folded || undefined} dir="auto">
          {folded ? preview(text) : text}
        </span>
      </h2>
      {long && (
        <button type="button" className="prompt-more" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? words.actions.collapse : words.actions.expand}
        </button>
      )}
    </div>
  );
}
