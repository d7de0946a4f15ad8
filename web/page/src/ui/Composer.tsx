import { type KeyboardEvent, type MouseEvent, type ReactNode, type RefObject, useId, useState } from "react";
import { isSimulated } from "../state/server.js";
import { bothSides, type Session } from "../state/session.js";
import { useWords } from "../words/index.js";
import { Button } from "./Button.js";
import { commands, type Example, questions } from "./examples.js";
import { useCopy } from "./hooks.js";
import { Icon } from "./icons.js";
import { NoticeLine } from "./NoticeLine.js";

export interface ComposerProps {
  session: Session;
  box: RefObject<HTMLTextAreaElement | null>;
  /** Called after a question was asked */
  onAsked: () => void;
  /** Called where a key or token has to be pasted first */
  onCredentialWanted: () => void;
}

/** The question, examples, and what can be done with the newest answers. */
export function Composer({ session, box, onAsked, onCredentialWanted }: ComposerProps): ReactNode {
  const words = useWords();
  const hint = useId();
  const [text, setText] = useState("");
  const [examplesOpen, setExamplesOpen] = useState(false);
  const { running } = session;
  const begun = session.turns.length > 0;
  // Which examples there are, the server says: shown before that, they would move.
  const known = session.config !== undefined || session.serverSilent;
  const wantsCredential = session.config !== undefined && !session.admitted;

  const ask = (prompt: string) => {
    if (session.ask(prompt)) {
      setText("");
      setExamplesOpen(false);
      onAsked();
    } else {
      setText(prompt);
      if (wantsCredential && prompt.trim() !== "") {
        onCredentialWanted();
      }
    }
  };
  /** Leaves the question that is being written as it is. */
  const askExample = (prompt: string) => {
    if (session.ask(prompt)) {
      setExamplesOpen(false);
      onAsked();
    } else if (wantsCredential && text.trim() === "") {
      setText(prompt);
      onCredentialWanted();
    }
  };
  const stop = (event: MouseEvent) => {
    // The second click of a double click on Ask, whose place Stop has taken, is none.
    if (event.detail < 2) {
      session.stop(bothSides);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter that ends the input of a Japanese word is none; Safari says so by the code alone.
    const composing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && !event.shiftKey && !composing) {
      event.preventDefault();
      ask(text);
    }
  };
  return (
    <section className="composer" aria-label={words.composer.region} data-begun={begun || undefined}>
      <NoticeLine session={session} />
      {begun && <Tools session={session} examplesOpen={examplesOpen} onExamples={setExamplesOpen} />}
      {known && !wantsCredential && (!begun || examplesOpen) && <Examples session={session} onChosen={askExample} />}
      <form
        className="question"
        onSubmit={(event) => {
          event.preventDefault();
          ask(text);
        }}
      >
        <textarea
          ref={box}
          rows={1}
          data-focus-home
          dir="auto"
          value={text}
          aria-label={words.composer.label}
          aria-describedby={hint}
          placeholder={begun ? words.composer.followUp : words.composer.placeholder}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {running ? (
          <button type="button" key="stop" className="send send-stop" onClick={stop}>
            <Icon name="stop" />
            <span className="send-label">{words.composer.stopBoth}</span>
          </button>
        ) : (
          <button type="submit" key="ask" className="send" aria-disabled={text.trim() === "" || undefined}>
            <Icon name="send" />
            <span className="send-label">{words.composer.ask}</span>
          </button>
        )}
      </form>
      <p id={hint} className="hint">
        {words.composer.hint}
      </p>
    </section>
  );
}

interface ToolsProps {
  session: Session;
  examplesOpen: boolean;
  onExamples: (open: boolean) => void;
}

function Tools({ session, examplesOpen, onExamples }: ToolsProps): ReactNode {
  const words = useWords();
  const [linkCopied, copy] = useCopy(() => session.tellCopyFailed());
  const overSocket = session.socketAnswer !== undefined;
  const canAskAgain = session.ready && session.canAskAgain;
  return (
    <div className="tools">
      <Button
        icon="cut"
        kind="fault"
        label={words.actions.cut}
        hint={words.faultHints.cut}
        unavailable={!overSocket}
        onPress={() => void session.cutSocket()}
      />
      {session.config?.faults !== undefined && (
        <Button
          icon="bolt"
          kind="fault"
          label={words.actions.kill}
          hint={words.faultHints.kill}
          unavailable={!overSocket}
          onPress={() => void session.killWorker()}
        />
      )}
      <span className="tools-space" />
      <Button
        icon="again"
        label={words.actions.askAgain}
        unavailable={!canAskAgain}
        kind="repeat"
        onPress={() => session.askAgain(bothSides)}
      />
      <Button
        icon={linkCopied ? "check" : "link"}
        label={linkCopied ? words.actions.linkCopied : words.actions.copyLink}
        collapses
        onPress={() => copy(location.href)}
      />
      <button
        type="button"
        className="button button-plain button-collapses"
        aria-expanded={examplesOpen}
        title={words.examples.label}
        onClick={() => onExamples(!examplesOpen)}
      >
        <Icon name="spark" />
        <span className="button-label">{words.examples.label}</span>
      </button>
    </div>
  );
}

function Examples({ session, onChosen }: { session: Session; onChosen: (prompt: string) => void }): ReactNode {
  const words = useWords();
  const simulated = isSimulated(session.settings.model ?? session.config?.model);
  return (
    <div className="examples">
      <Chips label={words.examples.label} examples={questions(words)} onChosen={onChosen} />
      {simulated && <Chips label={words.examples.more} examples={commands(words)} onChosen={onChosen} named />}
    </div>
  );
}

interface ChipsProps {
  label: string;
  examples: readonly Example[];
  onChosen: (prompt: string) => void;
  /** Whether the label is shown */
  named?: boolean;
}

function Chips({ label, examples, onChosen, named = false }: ChipsProps): ReactNode {
  const id = useId();
  return (
    <div className="chips">
      <p id={id} className={named ? "chips-label" : "hidden"}>
        {label}
      </p>
      <ul aria-labelledby={id}>
        {examples.map((example) => (
          <li key={example.label}>
            <button type="button" className="chip" title={example.prompt} onClick={() => onChosen(example.prompt)}>
              {example.label}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
