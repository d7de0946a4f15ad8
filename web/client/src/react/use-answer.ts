import { useCallback, useSyncExternalStore } from "react";
import type { Answer, AnswerStatus, Response, RillError, Transport, Usage } from "../index.js";

/** The fields of an {@link Answer} at one moment. */
export interface AnswerSnapshot {
  readonly id: string | undefined;
  /** Undefined where there is no answer. */
  readonly status: AnswerStatus | undefined;
  readonly text: string;
  readonly response: Response | undefined;
  readonly usage: Usage | undefined;
  readonly error: RillError | undefined;
  readonly attempt: number;
  readonly resumes: number;
  readonly transport: Transport | undefined;
  readonly lastSequence: number;
}

const NONE: AnswerSnapshot = {
  id: undefined,
  status: undefined,
  text: "",
  response: undefined,
  usage: undefined,
  error: undefined,
  attempt: 0,
  resumes: 0,
  transport: undefined,
  lastSequence: -1,
};

const FIELDS = Object.keys(NONE) as (keyof AnswerSnapshot)[];

/** The newest snapshot of each answer, which all components share. */
const snapshots = new WeakMap<Answer, AnswerSnapshot>();

/**
 * Renders the component again when the answer has changed, once for all changes that come together. Components that show
 * the same answer are given the same object, which is another one only if a field is another one.
 *
 * @param answer may be undefined, as before the first question: then there is no status and no text
 */
export function useAnswer(answer?: Answer): AnswerSnapshot {
  const subscribe = useCallback((changed: () => void) => answer?.on("change", changed) ?? (() => {}), [answer]);
  const read = () => (answer === undefined ? NONE : snapshotOf(answer));
  return useSyncExternalStore(subscribe, read, read);
}

function snapshotOf(answer: Answer): AnswerSnapshot {
  const known = snapshots.get(answer);
  if (known !== undefined && FIELDS.every((field) => Object.is(known[field], answer[field]))) {
    return known;
  }
  const { id, status, text, response, usage, error, attempt, resumes, transport, lastSequence } = answer;
  const snapshot = { id, status, text, response, usage, error, attempt, resumes, transport, lastSequence };
  snapshots.set(answer, snapshot);
  return snapshot;
}
