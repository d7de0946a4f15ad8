import type { Transport } from "rill-client";

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "ja";
/** Which answer a screen reader is told while it is written. */
export type Announced = "left" | "right" | "none";

/** What a person has chosen. A credential is none of it. */
export interface Settings {
  readonly theme: Theme;
  /** Undefined for the browser's language */
  readonly language: Language | undefined;
  /** Undefined for the server's default */
  readonly model: string | undefined;
  readonly transports: readonly [Transport, Transport];
  readonly announced: Announced;
}

export const defaultSettings: Settings = {
  theme: "system",
  language: undefined,
  model: undefined,
  transports: ["websocket", "http"],
  announced: "left",
};

export function settingsToText(settings: Settings): string {
  return JSON.stringify(settings);
}

/** Reads what {@link settingsToText} has written; a value that is none takes its default. */
export function settingsFromText(text: string | null): Settings {
  let read: Record<string, unknown>;
  try {
    read = (JSON.parse(text ?? "{}") ?? {}) as Record<string, unknown>;
  } catch {
    return defaultSettings;
  }
  const transports = Array.isArray(read.transports) ? read.transports : [];
  return {
    theme: oneOf(["system", "light", "dark"], read.theme, defaultSettings.theme),
    language: oneOf(["en", "ja", undefined], read.language, undefined),
    model: typeof read.model === "string" && read.model !== "" ? read.model : undefined,
    transports: [
      oneOf(["websocket", "http"], transports[0], defaultSettings.transports[0]),
      oneOf(["websocket", "http"], transports[1], defaultSettings.transports[1]),
    ],
    announced: oneOf(["left", "right", "none"], read.announced, defaultSettings.announced),
  };
}

/** The language of a page whose browser prefers these, most wanted first. */
export function languageFor(preferred: readonly string[]): Language {
  const known = preferred.map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => tag === "en" || tag === "ja");
  return known === "ja" ? "ja" : "en";
}

function oneOf<T>(values: readonly T[], value: unknown, otherwise: T): T {
  return values.includes(value as T) ? (value as T) : otherwise;
}
