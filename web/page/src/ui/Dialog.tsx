import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { useWords } from "../words/index.js";
import { Button } from "./Button.js";

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog, open while it is rendered. Escape and a press beside it close it. */
export function Dialog({ title, onClose, children }: DialogProps): ReactNode {
  const words = useWords();
  const heading = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // Closed while it is still in the document, so that the browser gives the focus back.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the dialog itself handles Escape
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) {
          onClose();
        }
      }}
    >
      <div className="dialog-inside">
        <header className="dialog-head">
          <h2 id={heading}>{title}</h2>
          <Button icon="close" label={words.actions.close} onPress={onClose} quiet />
        </header>
        {children}
      </div>
    </dialog>
  );
}
