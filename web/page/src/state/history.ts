import type { ResponseIds } from "./link.js";

/** A turn of an earlier conversation: the prompt and where its answers are. The answers themselves stay on the server. */
export interface PastTurn {
  /** Of a long one only the beginning: see {@link mayBeCut} */
  readonly prompt: string;
  readonly ids: ResponseIds;
}

export interface PastConversation {
  readonly id: string;
  /** When its last question was asked, in milliseconds since 1970 */
  readonly at: number;
  readonly turns: readonly PastTurn[];
}

/** The newest conversation first. */
export type History = readonly PastConversation[];

const most = 50;
const mostPromptCharacters = 2_000;
const ID = /^resp_[0-9a-f]{32}$/;

/** The history with this conversation as its newest one, in place of its earlier form. */
export function historyWith(history: History, conversation: PastConversation): History {
  const turns = conversation.turns.map(({ prompt, ids }) => ({ prompt: prompt.slice(0, mostPromptCharacters), ids }));
  const others = history.filter(({ id }) => id !== conversation.id);
  return [{ ...conversation, turns }, ...others].slice(0, most);
}

/** Whether the prompt is so long that the history may have kept only its beginning. */
export function mayBeCut({ prompt }: PastTurn): boolean {
  return prompt.length >= mostPromptCharacters;
}

/** The conversation with a turn that has one of these responses, and no other one on its sides. */
export function conversationOf(history: History, ids: ResponseIds): PastConversation | undefined {
  const same = (turn: PastTurn) => turn.ids[0] === ids[0] && turn.ids[1] === ids[1];
  return history.find(({ turns }) => turns.some(same));
}

export function historyToText(history: History): string {
  return JSON.stringify(history);
}

/** Reads what {@link historyToText} has written. What has another form is left out. */
export function historyFromText(text: string | null): History {
  try {
    const parsed: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(parsed) ? parsed.flatMap(conversationFrom).slice(0, most) : [];
  } catch {
    return [];
  }
}

function conversationFrom(value: unknown): PastConversation[] {
  const { id, at, turns } = (value ?? {}) as Record<string, unknown>;
  if (typeof id !== "string" || !isDate(at) || !Array.isArray(turns)) {
    return [];
  }
  const read = turns.flatMap(turnFrom);
  return read.length === 0 ? [] : [{ id, at, turns: read }];
}

/** A time in milliseconds that can be written as a date. */
function isDate(at: unknown): at is number {
  return typeof at === "number" && !Number.isNaN(new Date(at).getTime());
}

function turnFrom(value: unknown): PastTurn[] {
  const { prompt, ids } = (value ?? {}) as Record<string, unknown>;
  if (typeof prompt !== "string" || !Array.isArray(ids)) {
    return [];
  }
  const [left, right] = ids.map((id: unknown) => (typeof id === "string" && ID.test(id) ? id : undefined));
  return left === undefined && right === undefined ? [] : [{ prompt, ids: [left, right] }];
}
