import type { ReactNode } from "react";
import type { Transport } from "rill-client";
import { useWords } from "../words/index.js";

/** What the page shows before the first question: what the two sides are, and what to do. */
export function Welcome({ transports }: { transports: readonly [Transport, Transport] }): ReactNode {
  const words = useWords();
  const [left, right] = transports;
  return (
    <div className="welcome">
      <h1>{words.lead}</h1>
      <p className="welcome-text">{words.explanation}</p>
      <div className="sides">
        <Placeholder place="left" transport={left} />
        <Placeholder place="right" transport={right} />
      </div>
    </div>
  );
}

function Placeholder({ place, transport }: { place: "left" | "right"; transport: Transport }): ReactNode {
  const words = useWords();
  return (
    <section className={`card card-${place} card-empty`} aria-label={words.sideNames[transport]}>
      <h2 className="card-title">{words.sideNames[transport]}</h2>
      <p>{words.sideNotes[transport]}</p>
    </section>
  );
}
