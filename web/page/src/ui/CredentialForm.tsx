import { type ReactNode, type RefObject, useId, useState } from "react";
import type { Session } from "../state/session.js";
import { useWords } from "../words/index.js";

export interface CredentialFormProps {
  session: Session;
  box: RefObject<HTMLInputElement | null>;
}

/** Takes a pasted key or token, where the server asks for one. */
export function CredentialForm({ session, box }: CredentialFormProps): ReactNode {
  const words = useWords();
  const [token, setToken] = useState("");
  const ids = { title: useId(), input: useId(), text: useId(), error: useId() };
  const { credential } = session;
  if (credential === "unneeded" || credential === "given") {
    return null;
  }
  const failed = credential === "refused" || credential === "expired" || credential === "unchecked";
  return (
    <form
      className="credential"
      aria-labelledby={ids.title}
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== "") {
          void session.authenticate(token);
          setToken("");
        }
      }}
    >
      <h2 id={ids.title}>{words.credential.title}</h2>
      <p id={ids.text}>{words.credential.explanation}</p>
      <label htmlFor={ids.input}>{words.credential.label}</label>
      <div className="credential-row">
        <input
          ref={box}
          id={ids.input}
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={token}
          aria-describedby={failed ? `${ids.error} ${ids.text}` : ids.text}
          aria-invalid={failed || undefined}
          onChange={(event) => setToken(event.target.value)}
        />
        <button type="submit" className="send" aria-disabled={credential === "checking" || undefined}>
          {credential === "checking" ? words.credential.checking : words.credential.use}
        </button>
      </div>
      <p id={ids.error} className="credential-error" role="alert">
        {failed ? words.credential[credential] : ""}
      </p>
    </form>
  );
}
