import { isObject, listOf, parsed, textOf } from "./json.js";

/** Where a transport keeps which response a chat is at: `sessionStorage`, `localStorage`, or an object like them. */
export type ChatStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** What a page that was loaded again needs to read a chat's answer from its beginning. */
export interface ChatRecord {
  readonly responseId: string;
  /** The id of the assistant's message that the answer continues. */
  readonly continued?: string | undefined;
  /** The items of that message's earlier steps; empty if the answer is a message of its own. */
  readonly earlier: readonly unknown[];
}

const PREFIX = "rill:chat:";

/** The response that each chat is at, from its first event to its last one. */
export class ChatRecords {
  readonly #storage: ChatStorage | undefined;

  constructor(storage: ChatStorage | undefined) {
    this.#storage = storage;
  }

  find(chatId: string): ChatRecord | undefined {
    const record = parsed(this.#attempt((storage) => storage.getItem(PREFIX + chatId)) ?? "");
    if (!isObject(record) || textOf(record.responseId) === "") {
      return undefined;
    }
    return {
      responseId: textOf(record.responseId),
      continued: textOf(record.continued) || undefined,
      earlier: listOf(record.earlier),
    };
  }

  write(chatId: string, record: ChatRecord): void {
    this.#attempt((storage) => storage.setItem(PREFIX + chatId, JSON.stringify(record)));
  }

  remove(chatId: string): void {
    this.#attempt((storage) => storage.removeItem(PREFIX + chatId));
  }

  /** A storage that is full or forbidden costs the page its reconnection after a reload, not its answer. */
  #attempt<T>(action: (storage: ChatStorage) => T): T | undefined {
    try {
      return this.#storage && action(this.#storage);
    } catch {
      return undefined;
    }
  }
}

/** Returns the tab's own storage, which lives as long as the tab and survives a reload; undefined outside of browsers. */
export function tabStorage(): ChatStorage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    // A browser that blocks a site's data forbids the access itself.
    return undefined;
  }
}
