import type { ReactNode } from "react";
import { bothSides, type Session, type Turn } from "../state/session.js";
import { useWords } from "../words/index.js";
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
      <h2 className="prompt">
        <span className="prompt-you">{words.turn.you}</span>
        <span className="prompt-text" dir="auto">
          {turn.prompt ?? words.turn.unknownPrompt}
        </span>
      </h2>
      <div className="sides">
        {bothSides.map((index) => {
          const side = turn.sides[index];
          const again = last && turn.prompt !== undefined;
          return side === undefined ? null : (
            <SideView
              key={`${index}-${side.timeline.start}`}
              side={side}
              place={places[index] as "left" | "right"}
              announced={last && session.settings.announced === places[index]}
              onAskAgain={again ? () => session.askAgain([index]) : undefined}
              onCopyFailed={() => session.tellCopyFailed()}
            />
          );
        })}
      </div>
    </article>
  );
}
