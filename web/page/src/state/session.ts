import type { Answer, ResponseRequest, RillOptions, Transport } from "rill-client";
import { type Client, Connection } from "./connection.js";
import type { CuttableSockets } from "./cuttable-socket.js";
import {
  conversationOf,
  type History,
  historyFromText,
  historyToText,
  historyWith,
  mayBeCut,
  type PastConversation,
} from "./history.js";
import { linkTo, type ResponseIds, responsesIn } from "./link.js";
import { type Fetch, Server, type ServerConfig, ServerError } from "./server.js";
import { type Settings, settingsFromText, settingsToText } from "./settings.js";
import { type Origin, Side } from "./side.js";
import { type Schedule, Store } from "./store.js";
import { endOf } from "./token.js";

/** What the page needs of a browser. */
export interface Surroundings {
  readonly origin: string;
  readonly fetch: Fetch;
  /** Undefined where the browser keeps nothing */
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined;
  readonly sockets: CuttableSockets;
  readonly createClient: (options: RillOptions) => Client;
  /** Shows a fragment in the page's URL, without a new entry of the browser's history. */
  readonly showFragment: (fragment: string) => void;
  /** Milliseconds since 1970 */
  readonly now: () => number;
  readonly randomId: () => string;
  /** When the shown answers are drawn again. */
  readonly schedule: Schedule;
  readonly after: (milliseconds: number, task: () => void) => void;
}

/** 0 is the left side, 1 the right one. */
export type SideIndex = 0 | 1;
export const bothSides: readonly SideIndex[] = [0, 1];

export interface Turn {
  readonly key: string;
  /** Undefined where it is not known, as of a link's answer */
  readonly prompt: string | undefined;
  /** Whether the prompt is only its beginning, as the history keeps it, because the server has not told the rest */
  readonly cut: boolean;
  /** Undefined for a side that has no answer */
  readonly sides: readonly [Side | undefined, Side | undefined];
}

/** Turns that follow each other. It goes on when the page shows another one, until all of its answers have ended. */
interface Conversation {
  readonly id: string;
  /** When its last question was asked or its answers were opened, in milliseconds since 1970 */
  at: number;
  turns: readonly Turn[];
  /** How many turns, from the first one on, the history does not take because the list was cleared after them */
  cleared: number;
  /** The ids that were put into the history and the URL */
  kept: string;
}

/** How the page stands with the server's authentication. */
export type Credential = "unneeded" | "needed" | "checking" | "refused" | "expired" | "unchecked" | "given";

/** What a person is told of what they have just done. */
export type Notice =
  | { readonly kind: "cut"; readonly sockets: number }
  | { readonly kind: "killed" | "killedNone" | "faultFailed" | "copyFailed" };

const historyKey = "rill.history";
const settingsKey = "rill.settings";
const noticeTime = 6_000;
const configRetry = 2_000;

/** All that the page shows, and all that a person can do with it. */
export class Session extends Store {
  config: ServerConfig | undefined;
  /** Whether the server could not be asked for its configuration. */
  serverSilent = false;
  /** Undefined until they are known, and where the server does not list them */
  models: readonly string[] | undefined;
  credential: Credential = "unneeded";
  /** As this tab or another one has stored it */
  history: History;
  settings: Settings;
  notice: Notice | undefined;
  readonly #surroundings: Surroundings;
  readonly #server: Server;
  /** In memory alone: never stored, never in a URL. */
  #token: string | undefined;
  /** For the next answers. Undefined until one is wanted */
  #connection: Connection | undefined;
  /** Those before it, whose answers may go on with the credential that they were asked with */
  #retired: Connection[] = [];
  #conversation: Conversation;
  /** Conversations that were left while they were answered, by their ids */
  readonly #left = new Map<string, Conversation>();
  /** Whether the browser holds what was stored; if not, this tab alone knows its history. */
  #storing = true;
  #pendingFragment: string | undefined;

  constructor(surroundings: Surroundings) {
    super();
    this.#surroundings = surroundings;
    this.#server = new Server(surroundings.fetch, () => this.#token);
    this.#conversation = this.#newConversation();
    this.settings = settingsFromText(this.#stored(settingsKey));
    this.history = historyFromText(this.#stored(historyKey));
  }

  /** Asks the server what it is, and opens the answers that the URL's fragment names. */
  async start(fragment: string): Promise<void> {
    this.#pendingFragment = fragment;
    await this.#loadConfig();
  }

  /** The turns of the conversation that is shown. */
  get turns(): readonly Turn[] {
    return this.#conversation.turns;
  }

  /** Whether an answer that is shown is being written. */
  get running(): boolean {
    return isRunning(this.#conversation);
  }

  /** Whether a question can be asked now. */
  get ready(): boolean {
    return this.admitted && !this.running;
  }

  /** Whether the server is known, and the credential that it wants is there. */
  get admitted(): boolean {
    return this.config !== undefined && (this.credential === "unneeded" || this.credential === "given");
  }

  /** Whether the last question is known as a whole and could be asked once more. */
  get canAskAgain(): boolean {
    const last = this.turns.at(-1);
    return this.admitted && last?.prompt !== undefined && !last.cut;
  }

  /**
   * Earlier conversations, the newest first: those that are still answered after the list was cleared, which are in no
   * storage, and then the history.
   */
  get past(): History {
    const listed = new Set(this.history.map(({ id }) => id));
    const unlisted = [...this.#left.values()].filter(({ id }) => !listed.has(id)).map(pastOf);
    return [...unlisted.filter(({ turns }) => turns.length > 0).reverse(), ...this.history];
  }

  /** Whether a conversation that is not shown is being answered. */
  isAnswered({ id }: PastConversation): boolean {
    return this.#left.has(id);
  }

  /** The answer that a worker is writing and that goes over the socket; undefined if there is none. */
  get socketAnswer(): Answer | undefined {
    const sides = this.turns.at(-1)?.sides ?? [];
    return sides.find((side) => side !== undefined && !side.ended && side.answer.transport === "websocket")?.answer;
  }

  /** Asks both sides. Returns false where that is not possible now. */
  ask(prompt: string): boolean {
    if (!this.ready || prompt.trim() === "") {
      return false;
    }
    const key = this.#surroundings.randomId();
    const [left, right] = bothSides.map((index) => this.#askSide(prompt, index, this.turns));
    this.#conversation.turns = [...this.turns, { key, prompt, cut: false, sides: [left, right] }];
    this.#conversation.at = this.#surroundings.now();
    this.changed();
    return true;
  }

  /** Asks the last question again on these sides, in place of its answers. */
  askAgain(indices: readonly SideIndex[]): void {
    const last = this.turns.at(-1);
    if (last?.prompt === undefined || !this.canAskAgain) {
      return;
    }
    const earlier = this.turns.slice(0, -1);
    const sides = [...last.sides] as [Side | undefined, Side | undefined];
    for (const index of indices) {
      if (sides[index]?.ended ?? true) {
        sides[index] = this.#askSide(last.prompt, index, earlier);
      }
    }
    this.#conversation.turns = [...earlier, { ...last, sides }];
    this.#conversation.at = this.#surroundings.now();
    this.changed();
  }

  /** Stops what is being written on these sides. */
  stop(indices: readonly SideIndex[] = bothSides): void {
    for (const { sides } of this.turns) {
      for (const index of indices) {
        const side = sides[index];
        if (side !== undefined && !side.ended) {
          side.answer.stop();
        }
      }
    }
  }

  newConversation(): void {
    this.#leave();
    this.#surroundings.showFragment("");
    this.changed();
  }

  /** Opens the answers that a fragment names. Another fragment changes nothing. */
  openFragment(fragment: string): void {
    const ids = responsesIn(fragment);
    if (ids === undefined || linkTo(this.#lastIds()) === fragment) {
      return;
    }
    if (!this.admitted) {
      this.#pendingFragment = fragment;
      return;
    }
    const known = conversationOf(this.history, ids);
    if (known !== undefined) {
      this.openConversation(known);
      return;
    }
    this.#leave();
    this.#show([{ prompt: undefined, cut: false, ids }]);
  }

  openConversation(conversation: PastConversation): void {
    if (conversation.id !== this.#conversation.id) {
      this.#leave();
      const left = this.#left.get(conversation.id);
      if (left === undefined) {
        this.#conversation = this.#newConversation(conversation.id);
        this.#show(conversation.turns.map((turn) => ({ ...turn, cut: mayBeCut(turn) })));
      } else {
        this.#left.delete(left.id);
        this.#conversation = left;
        this.changed();
      }
    }
    this.#surroundings.showFragment(linkTo(this.#lastIds()) ?? "");
  }

  /** Forgets what was asked until now, in all tabs. What is being answered goes on. */
  clearHistory(): void {
    this.#store(historyKey, undefined);
    this.#forgetHistory();
  }

  /**
   * Takes over what another tab has stored.
   *
   * @param key null for all keys
   * @param text null for what was removed
   */
  storedElsewhere(key: string | null, text: string | null): void {
    if (key !== null && key !== historyKey) {
      return;
    }
    if (text === null) {
      this.#forgetHistory();
    } else {
      this.history = historyFromText(text);
      this.changed();
    }
  }

  change(settings: Partial<Settings>): void {
    this.settings = { ...this.settings, ...settings };
    this.#store(settingsKey, settingsToText(this.settings));
    this.changed();
  }

  /** Takes a pasted key or token, and asks the server whether it is good. */
  async authenticate(token: string): Promise<void> {
    if (this.credential === "checking") {
      return;
    }
    this.#token = token.trim();
    this.#replaceConnection();
    this.credential = "checking";
    this.changed();
    try {
      this.models = await this.#server.models();
      this.credential = "given";
    } catch (error) {
      const status = error instanceof ServerError ? error.status : 0;
      const refused = status === 401 || status === 403;
      this.credential = refused ? this.#refusal() : status === 404 ? "given" : "unchecked";
      if (this.credential !== "given") {
        this.#token = undefined;
      }
    }
    this.changed();
    this.#openPending();
  }

  forgetCredential(): void {
    this.#token = undefined;
    this.#replaceConnection();
    for (const { client } of this.#retired) {
      client.close();
    }
    this.#retired = [];
    this.credential = "needed";
    this.changed();
  }

  /** Loses the socket: on a stack with faults the server cuts it, elsewhere the page does. */
  async cutSocket(): Promise<void> {
    const faults = this.config?.faults;
    if (faults === undefined) {
      this.#tell({ kind: "cut", sockets: this.#surroundings.sockets.cut() });
      return;
    }
    await this.#inject(async () => {
      const sockets = await this.#server.cutSockets(faults);
      return { kind: "cut", sockets };
    });
  }

  /** Kills the worker that answers over the socket, where the server allows that. */
  async killWorker(): Promise<void> {
    const faults = this.config?.faults;
    const id = this.socketAnswer?.id;
    if (faults === undefined) {
      return;
    }
    if (id === undefined) {
      this.#tell({ kind: "killedNone" });
      return;
    }
    await this.#inject(async () => ({
      kind: (await this.#server.killWorker(faults, id)) ? "killed" : "killedNone",
    }));
  }

  tellCopyFailed(): void {
    this.#tell({ kind: "copyFailed" });
  }

  async #inject(fault: () => Promise<Notice>): Promise<void> {
    try {
      this.#tell(await fault());
    } catch {
      this.#tell({ kind: "faultFailed" });
    }
  }

  #tell(notice: Notice): void {
    this.notice = notice;
    this.changed();
    this.#surroundings.after(noticeTime, () => {
      if (this.notice === notice) {
        this.notice = undefined;
        this.changed();
      }
    });
  }

  async #loadConfig(): Promise<void> {
    try {
      this.config = await this.#server.config();
      this.serverSilent = false;
    } catch {
      this.serverSilent = true;
      this.changed();
      this.#surroundings.after(configRetry, () => void this.#loadConfig());
      return;
    }
    this.credential = this.config.authentication.length > 0 ? "needed" : "unneeded";
    this.changed();
    if (this.credential === "unneeded") {
      this.#openPending();
      this.models = await this.#server.models().catch(() => undefined);
      this.changed();
    }
  }

  #openPending(): void {
    const fragment = this.#pendingFragment;
    if (fragment !== undefined && this.admitted) {
      this.#pendingFragment = undefined;
      this.openFragment(fragment);
    }
  }

  #askSide(prompt: string, index: SideIndex, earlier: readonly Turn[]): Side {
    const request: ResponseRequest = { input: prompt };
    const previous = earlier.findLast(({ sides }) => canContinue(sides[index]))?.sides[index]?.answer.id;
    if (previous !== undefined) {
      request.previous_response_id = previous;
    }
    if (this.settings.model !== undefined) {
      request.model = this.settings.model;
    }
    const transport = this.settings.transports[index];
    const connection = this.#connected();
    return this.#side(connection, connection.client.ask(request, { transport }), { transport, origin: "asked" });
  }

  #side(connection: Connection, answer: Answer, options: { transport: Transport; origin: Origin }): Side {
    const { now, schedule } = this.#surroundings;
    const side = new Side(answer, { ...options, now, schedule });
    const conversation = this.#conversation;
    connection.add(side);
    side.subscribe(() => {
      this.#checkRefusal(side, connection);
      this.#sideChanged(side, conversation);
    });
    return side;
  }

  /** Asks for a credential, or drops the one that the server has refused. That an earlier one is refused says nothing of it. */
  #checkRefusal({ error }: Side, connection: Connection): void {
    if (error?.status === 401 && this.credential === "unneeded") {
      // The server was started again, and asks for one now.
      this.credential = "needed";
      this.#replaceConnection();
      this.changed();
    } else if (error?.status === 401 && connection === this.#connection && this.credential === "given") {
      this.credential = error.code === "authentication_expired" ? "expired" : this.#refusal();
      this.#token = undefined;
      this.#replaceConnection();
      this.changed();
    }
  }

  #sideChanged(side: Side, conversation: Conversation): void {
    this.#keep(conversation);
    if (side.ended) {
      if (!isRunning(conversation)) {
        this.#left.delete(conversation.id);
      }
      this.changed();
    }
  }

  #connected(): Connection {
    this.#connection ??= new Connection(
      this.#surroundings.createClient({
        url: this.#surroundings.origin,
        socketUrl: this.config?.socketUrl,
        token: this.#token,
        WebSocket: this.#surroundings.sockets.WebSocket as RillOptions["WebSocket"],
      }),
    );
    return this.#connection;
  }

  /** Why the server may have refused the credential: it does not tell apart what is wrong with one. */
  #refusal(): Credential {
    return (endOf(this.#token ?? "") ?? Number.POSITIVE_INFINITY) <= this.#surroundings.now() ? "expired" : "refused";
  }

  /** The next answers get another client. Those of this one go on, and it is closed after the last of them. */
  #replaceConnection(): void {
    if (this.#connection !== undefined) {
      this.#retired = [...this.#retired.filter(({ used }) => used), this.#connection];
      this.#connection.retire();
    }
    this.#connection = undefined;
  }

  #newConversation(id = this.#surroundings.randomId()): Conversation {
    return { id, at: this.#surroundings.now(), turns: [], cleared: 0, kept: "" };
  }

  /** Leaves the conversation. Its answers go on, so that they are whole when it is opened again. */
  #leave(): void {
    if (isRunning(this.#conversation)) {
      this.#left.set(this.#conversation.id, this.#conversation);
    }
    this.#conversation = this.#newConversation();
  }

  #show(turns: readonly { prompt: string | undefined; cut: boolean; ids: ResponseIds }[]): void {
    const conversation = this.#conversation;
    conversation.turns = turns.map(({ prompt, cut, ids }) => {
      const [left, right] = bothSides.map((index) => this.#opened(ids[index], index));
      return { key: this.#surroundings.randomId(), prompt, cut, sides: [left, right] };
    });
    for (const turn of conversation.turns) {
      if (turn.prompt === undefined || turn.cut) {
        void this.#findPrompt(turn, conversation);
      }
    }
    this.changed();
  }

  #opened(id: string | undefined, index: SideIndex): Side | undefined {
    if (id === undefined) {
      return undefined;
    }
    const transport = this.settings.transports[index];
    const connection = this.#connected();
    return this.#side(connection, connection.client.resume(id, { transport }), { transport, origin: "followed" });
  }

  /** Asks the server for the question of a turn. */
  async #findPrompt({ key, sides }: Turn, conversation: Conversation): Promise<void> {
    const id = sides[0]?.answer.id ?? sides[1]?.answer.id;
    const prompt = id === undefined ? undefined : await this.#server.prompt(id).catch(() => undefined);
    if (prompt !== undefined) {
      const found = (turn: Turn) => (turn.key === key ? { ...turn, prompt, cut: false } : turn);
      conversation.turns = conversation.turns.map(found);
      this.changed();
    }
  }

  #lastIds(): ResponseIds {
    const last = this.turns.at(-1);
    return last === undefined ? [undefined, undefined] : idsOf(last);
  }

  /** Puts the conversation into the history, and its newest answers into the URL if it is shown, once their ids are known. */
  #keep(conversation: Conversation): void {
    const shown = conversation === this.#conversation;
    if (!shown && this.#left.get(conversation.id) !== conversation) {
      return;
    }
    const asked = conversation.turns.some(({ sides }) => sides.some((side) => side?.origin === "asked"));
    // The ids alone: this is called for each frame, and a prompt may be long.
    const ids = conversation.turns.flatMap((turn) => linkTo(idsOf(turn)) ?? []).join();
    if (!asked || ids === "" || ids === conversation.kept) {
      return;
    }
    conversation.kept = ids;
    const past = pastOf({ ...conversation, turns: conversation.turns.slice(conversation.cleared) });
    if (past.turns.length > 0) {
      this.history = historyWith(this.#storedHistory(), past);
      this.#store(historyKey, historyToText(this.history));
    }
    const link = linkTo(this.#lastIds());
    if (shown && link !== undefined) {
      this.#surroundings.showFragment(link);
    }
    this.changed();
  }

  #forgetHistory(): void {
    this.history = [];
    for (const conversation of [this.#conversation, ...this.#left.values()]) {
      conversation.cleared = conversation.turns.length;
    }
    this.changed();
  }

  /** The history with what other tabs have stored since they were heard last. */
  #storedHistory(): History {
    return this.#storing ? historyFromText(this.#stored(historyKey)) : this.history;
  }

  #stored(key: string): string | null {
    try {
      return this.#surroundings.storage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  /** A browser that is full, or keeps nothing, loses the value at a reload. */
  #store(key: string, text: string | undefined): void {
    try {
      const { storage } = this.#surroundings;
      if (text === undefined) {
        storage?.removeItem(key);
      } else {
        storage?.setItem(key, text);
      }
      this.#storing = storage !== undefined;
    } catch {
      this.#storing = false;
    }
  }
}

function idsOf({ sides }: Turn): ResponseIds {
  return [sides[0]?.answer.id, sides[1]?.answer.id];
}

/** A conversation as the list has it: turns whose question is known, and that the server knows. */
function pastOf({ id, at, turns }: Conversation): PastConversation {
  const past = turns.flatMap((turn) => {
    const ids = idsOf(turn);
    return turn.prompt === undefined || linkTo(ids) === undefined ? [] : [{ prompt: turn.prompt, ids }];
  });
  return { id, at, turns: past };
}

function isRunning({ turns }: Conversation): boolean {
  return turns.some(({ sides }) => sides.some((side) => side !== undefined && !side.ended));
}

function canContinue(side: Side | undefined): boolean {
  const status = side?.answer.status;
  return status === "completed" || status === "incomplete" || status === "cancelled";
}
