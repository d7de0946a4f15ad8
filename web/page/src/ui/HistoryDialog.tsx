import type { ReactNode } from "react";
import type { Session } from "../state/session.js";
import { useWords } from "../words/index.js";
import { Button } from "./Button.js";
import { Dialog } from "./Dialog.js";
import { preview } from "./preview.js";

export interface HistoryDialogProps {
  session: Session;
  language: string;
  onClose: () => void;
  /** Called after a conversation was opened and the dialog was closed */
  onOpened: () => void;
}

export function HistoryDialog({ session, language, onClose, onOpened }: HistoryDialogProps): ReactNode {
  const words = useWords();
  const time = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const { past } = session;
  return (
    <Dialog title={words.history.title} onClose={onClose}>
      <p className="muted">{past.length === 0 ? words.history.empty : words.history.explanation}</p>
      <ul className="past">
        {past.map((conversation) => (
          <li key={conversation.id}>
            <button
              type="button"
              onClick={() => {
                session.openConversation(conversation);
                onClose();
                onOpened();
              }}
            >
              <span className="past-prompt" dir="auto">
                {preview(conversation.turns[0]?.prompt ?? "")}
              </span>
              <span className="muted">
                {time.format(conversation.at)} · {words.history.turns(conversation.turns.length)}
                {session.isAnswered(conversation) && ` · ${words.phases.running}`}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {session.history.length > 0 && (
        <Button icon="close" label={words.history.clear} kind="danger" onPress={() => session.clearHistory()} />
      )}
    </Dialog>
  );
}
