import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Session } from "./state/session.js";
import { languageFor, type Theme } from "./state/settings.js";
import { Button } from "./ui/Button.js";
import { Composer } from "./ui/Composer.js";
import { CredentialForm } from "./ui/CredentialForm.js";
import { useKeptFocus } from "./ui/focus.js";
import { HistoryDialog } from "./ui/HistoryDialog.js";
import { useStore } from "./ui/hooks.js";
import { SettingsDialog } from "./ui/SettingsDialog.js";
import { TurnView } from "./ui/TurnView.js";
import { Welcome } from "./ui/Welcome.js";
import { languages, WordsContext } from "./words/index.js";

export function App(props: { session: Session }): ReactNode {
  const session = useStore(props.session);
  const { settings } = session;
  const language = settings.language ?? languageFor(navigator.languages);
  const { words } = languages[language];
  const dark = useDark(settings.theme);
  const [dialog, setDialog] = useState<"history" | "settings">();
  const question = useRef<HTMLTextAreaElement>(null);
  const credential = useRef<HTMLInputElement>(null);
  const begun = session.turns.length > 0;
  useKeptFocus();

  const opened = session.turns.at(-1)?.sides.some((side) => side?.origin === "followed") && session.turns[0]?.key;
  useEffect(() => {
    if (opened) {
      showNewestTurn();
    }
  }, [opened]);
  useEffect(() => {
    if (session.credential === "given") {
      // The form is gone then, and the focus with it.
      question.current?.focus();
    } else if (session.credential === "refused" || session.credential === "expired") {
      showNewestTurn();
    }
  }, [session.credential]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.isComposing && document.querySelector("dialog[open]") === null) {
        session.stop();
      }
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [session]);

  return (
    <WordsContext value={words}>
      <button type="button" className="skip" onClick={() => question.current?.focus()}>
        {words.skip}
      </button>
      <header className="top">
        <p className="brand">{words.title}</p>
        <p className="brand-lead">{begun && words.lead}</p>
        <nav aria-label={words.title}>
          {begun && (
            <Button
              icon="plus"
              label={words.actions.newConversation}
              collapses
              onPress={() => {
                session.newConversation();
                question.current?.focus();
              }}
            />
          )}
          <Button icon="clock" label={words.actions.history} collapses onPress={() => setDialog("history")} />
          <Button icon="gear" label={words.actions.settings} collapses onPress={() => setDialog("settings")} />
          <Button
            icon={dark ? "sun" : "moon"}
            label={dark ? words.actions.toLight : words.actions.toDark}
            quiet
            onPress={() => session.change({ theme: dark ? "light" : "dark" })}
          />
        </nav>
      </header>
      <main>
        {begun ? (
          <>
            <h1 className="hidden">{words.lead}</h1>
            {session.turns.map((turn, index) => (
              <TurnView key={turn.key} session={session} turn={turn} last={index === session.turns.length - 1} />
            ))}
          </>
        ) : (
          <Welcome transports={settings.transports} />
        )}
        <CredentialForm session={session} box={credential} />
      </main>
      <Composer
        session={session}
        box={question}
        onAsked={() => requestAnimationFrame(showNewestTurn)}
        onCredentialWanted={() => credential.current?.focus()}
      />
      {dialog === "settings" && <SettingsDialog session={session} onClose={() => setDialog(undefined)} />}
      {dialog === "history" && (
        <HistoryDialog
          session={session}
          language={language}
          onClose={() => setDialog(undefined)}
          onOpened={() => requestAnimationFrame(focusNewestTurn)}
        />
      )}
    </WordsContext>
  );
}

/** Whether the page is dark, by choice or by the system. Sets the choice on the document. */
function useDark(theme: Theme): boolean {
  const [systemIsDark, setSystemIsDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const onChange = () => setSystemIsDark(query.matches);
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, []);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return theme === "system" ? systemIsDark : theme === "dark";
}

function focusNewestTurn(): void {
  document.querySelector<HTMLElement>(".turn[data-last] [data-focus-home]")?.focus({ preventScroll: true });
}

/** Its answers end where the question begins, so both are whole. */
function showNewestTurn(): void {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scrollTo({ top: document.documentElement.scrollHeight, behavior: calm ? "auto" : "smooth" });
}
