import { type ReactNode, useId } from "react";
import type { Transport } from "rill-client";
import type { Session } from "../state/session.js";
import type { Announced, Language, Theme } from "../state/settings.js";
import { languages, useWords } from "../words/index.js";
import { Button } from "./Button.js";
import { Dialog } from "./Dialog.js";

export function SettingsDialog({ session, onClose }: { session: Session; onClose: () => void }): ReactNode {
  const words = useWords();
  const { settings } = session;
  const [left, right] = settings.transports;
  const transports: readonly Choice<Transport>[] = [
    ["websocket", words.sideNames.websocket],
    ["http", words.sideNames.http],
  ];
  return (
    <Dialog title={words.settings.title} onClose={onClose}>
      <div className="fields">
        <Select
          label={words.settings.model}
          value={settings.model ?? ""}
          choices={modelChoices(session, words.settings.defaultModel(session.config?.model ?? ""))}
          onChange={(model) => session.change({ model: model === "" ? undefined : model })}
        />
        {session.models === undefined && session.config !== undefined && (
          <p className="muted">{words.settings.modelsFailed}</p>
        )}
        <Select
          label={words.settings.left}
          value={left}
          choices={transports}
          onChange={(transport) => session.change({ transports: [transport, right] })}
        />
        <Select
          label={words.settings.right}
          value={right}
          choices={transports}
          onChange={(transport) => session.change({ transports: [left, transport] })}
        />
        <Select<Theme>
          label={words.settings.theme}
          value={settings.theme}
          choices={[
            ["system", words.settings.themes.system],
            ["light", words.settings.themes.light],
            ["dark", words.settings.themes.dark],
          ]}
          onChange={(theme) => session.change({ theme })}
        />
        <Select<Language | "">
          label={words.settings.language}
          value={settings.language ?? ""}
          choices={[
            ["", words.settings.browserLanguage],
            ["en", languages.en.name],
            ["ja", languages.ja.name],
          ]}
          onChange={(language) => session.change({ language: language === "" ? undefined : language })}
        />
        <Select<Announced>
          label={words.settings.announced}
          value={settings.announced}
          choices={[
            ["left", words.settings.announcedValues.left],
            ["right", words.settings.announcedValues.right],
            ["none", words.settings.announcedValues.none],
          ]}
          onChange={(announced) => session.change({ announced })}
        />
        {session.credential === "given" && (
          <p className="field-row">
            {words.credential.given}{" "}
            <Button icon="close" label={words.credential.forget} onPress={() => session.forgetCredential()} />
          </p>
        )}
      </div>
    </Dialog>
  );
}

type Choice<T extends string> = readonly [value: T, label: string];

function modelChoices(session: Session, defaultLabel: string): readonly Choice<string>[] {
  const { model } = session.settings;
  const names = new Set([...(session.models ?? []), ...(model === undefined ? [] : [model])]);
  return [["", defaultLabel], ...[...names].map((name): Choice<string> => [name, name])];
}

interface SelectProps<T extends string> {
  label: string;
  value: T;
  choices: readonly Choice<T>[];
  onChange: (value: T) => void;
}

function Select<T extends string>({ label, value, choices, onChange }: SelectProps<T>): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value as T)}>
        {choices.map(([choice, name]) => (
          <option key={choice} value={choice}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
