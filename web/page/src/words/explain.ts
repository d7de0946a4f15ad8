import type { RillError } from "rill-client";
import type { Phase, Side } from "../state/side.js";
import type { Words } from "./words.js";

/** An error in one line. */
export function errorInWords(error: Pick<RillError, "code" | "message">, words: Words): string {
  const known = words.errors as Readonly<Record<string, string>>;
  return Object.hasOwn(known, error.code) ? (known[error.code] as string) : words.errorOther(error.code, error.message);
}

/** Why an answer is incomplete. */
export function reasonInWords(reason: string, words: Words): string {
  const known = words.incompleteReasons as Readonly<Record<string, string>>;
  return Object.hasOwn(known, reason) ? (known[reason] as string) : words.incompleteOther(reason);
}

export interface PhaseDetails {
  readonly phase: Phase;
  readonly queuedSeconds: number | undefined;
  readonly error: Side["error"];
  readonly incompleteReason: string | undefined;
}

/** The state of an answer in words, such as "Queued for 3 s". */
export function phaseInWords(details: PhaseDetails, words: Words): string {
  switch (details.phase) {
    case "queued":
      return words.phases.queued(details.queuedSeconds ?? 0);
    case "incomplete":
      return words.phases.incomplete(reasonInWords(details.incompleteReason ?? "unknown", words));
    case "failed":
      return words.phases.failed(errorInWords(details.error ?? { code: "server_error", message: "" }, words));
    default:
      return words.phases[details.phase];
  }
}
