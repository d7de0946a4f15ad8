import type { Answer, ConnectionState, ResponseRequest, RillOptions, Transport } from "rill-client";
import { describe, expect, it } from "vitest";
import { AnswerState } from "../../client/src/answer.js";
import { RillError } from "../../client/src/error.js";
import type { Client } from "../src/state/connection.js";
import { cuttableSockets } from "../src/state/cuttable-socket.js";
import { Session, type Surroundings } from "../src/state/session.js";
import { phaseOf } from "../src/state/side.js";
import { immediately } from "../src/state/store.js";

const id = (n: number) => `resp_${n.toString(16).padStart(32, "0")}`;

class FakeAnswer extends AnswerState {
  stops = 0;
  override stop = () => {
    this.stops++;
  };

  write(type: string, fields: object = {}): this {
    this.take({ type, sequence_number: this.lastSequence + 1, ...fields } as never);
    return this;
  }

  created(responseId: string): this {
    return this.write("response.created", { response: { id: responseId, status: "queued", output: [] } });
  }

  ended(responseId: string, status = "completed"): this {
    const type = status === "cancelled" ? "response.incomplete" : `response.${status}`;
    return this.write(type, { response: { id: responseId, status, output: [], usage: null } });
  }
}

interface Asked {
  readonly request: ResponseRequest | string;
  readonly transport: Transport;
  readonly answer: FakeAnswer;
}

/** A page without a browser: its answers, storage and server are the test's. */
class World {
  readonly asked: Asked[] = [];
  readonly stored = new Map<string, string>();
  readonly fragments: string[] = [];
  readonly clients: RillOptions[] = [];
  readonly requests: string[] = [];
  closed = 0;
  now = 0;
  config: Record<string, unknown> = { socket_url: null, authentication: [], model: "simulated" };
  configHeaders: Record<string, string> = {};
  goodKey: string | undefined;
  /** Tell the state of the socket of each client */
  readonly tells: ((state: ConnectionState) => void)[] = [];
  readonly later: (() => void)[] = [];
  reachable = true;
  #ids = 0;

  readonly surroundings = {
    origin: "http://rill.test",
    fetch: async (path, init) => this.#answer(path, init),
    storage: {
      getItem: (key) => this.stored.get(key) ?? null,
      setItem: (key, text) => void this.stored.set(key, text),
      removeItem: (key) => void this.stored.delete(key),
    },
    sockets: cuttableSockets(class {} as never),
    createClient: (options) => this.#client(options),
    showFragment: (fragment) => void this.fragments.push(fragment),
    now: () => this.now,
    randomId: () => `${++this.#ids}`,
    schedule: immediately,
    after: (_, task) => void this.later.push(task),
  } satisfies Surroundings;

  async session(fragment = ""): Promise<Session> {
    const session = new Session(this.surroundings);
    await session.start(fragment);
    return session;
  }

  /** The newest client tells the state of its socket. */
  tell(state: ConnectionState): void {
    this.tells.at(-1)?.(state);
  }

  #client(options: RillOptions): Client {
    this.clients.push(options);
    const ask = (request: ResponseRequest | string, transport: Transport = "websocket"): Answer => {
      const answer = new FakeAnswer(transport, -1);
      if (typeof request === "string") answer.id = request;
      this.asked.push({ request, transport, answer });
      return answer;
    };
    return {
      ask: (request, given) => ask(request, given?.transport),
      resume: (responseId, given) => ask(responseId, given?.transport),
      on: (_, listener) => {
        this.tells.push(listener);
        return () => {};
      },
      close: () => {
        this.closed++;
      },
    };
  }

  #answer(path: string, init: RequestInit | undefined): Response {
    this.requests.push(`${init?.method ?? "GET"} ${path} ${init?.body ?? ""}`.trim());
    if (!this.reachable) {
      throw new TypeError("unreachable");
    }
    if (path === "/config.json") {
      return Response.json(this.config, { headers: this.configHeaders });
    }
    const authorization = new Headers(init?.headers).get("authorization");
    if (this.goodKey !== undefined && authorization !== `Bearer ${this.goodKey}`) {
      return Response.json({}, { status: 401 });
    }
    if (path === "/v1/models") {
      return Response.json({ data: [{ id: "simulated" }] });
    }
    if (path.endsWith("/kill-worker")) {
      return Response.json({ killed: 1 });
    }
    if (path.includes("/input_items")) {
      return Response.json({ data: [{ content: [{ type: "input_text", text: "From the server" }] }] });
    }
    return Response.json({ cut: 2 });
  }

  sides(turn: number): [FakeAnswer, FakeAnswer] {
    return [this.asked[turn * 2]?.answer as FakeAnswer, this.asked[turn * 2 + 1]?.answer as FakeAnswer];
  }

  /** Completes both answers of a turn. */
  async end(turn: number): Promise<void> {
    for (const [side, answer] of this.sides(turn).entries()) answer.ended(id(2 * turn + side + 1));
    await settled();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("a session", () => {
  it("asks both sides by their transports", async () => {
    const world = new World();
    const session = await world.session();
    expect(session.ask("Why?")).toBe(true);
    expect(world.asked.map(({ request, transport }) => [request, transport])).toEqual([
      [{ input: "Why?" }, "websocket"],
      [{ input: "Why?" }, "http"],
    ]);
  });

  it("asks nothing while an answer is written, and no empty question", async () => {
    const world = new World();
    const session = await world.session();
    expect(session.ask("  ")).toBe(false);
    session.ask("One");
    expect(session.ask("Two")).toBe(false);
    world.sides(0)[0].ended(id(1));
    expect(session.running).toBe(true);
    world.sides(0)[1].ended(id(2));
    expect(session.ask("Two")).toBe(true);
  });

  it("continues each side from its own last answer that has not failed", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("One");
    world.sides(0)[0].ended(id(1));
    world.sides(0)[1].ended(id(2), "cancelled");
    session.ask("Two");
    world.sides(1)[0].fail(new RillError("unreachable", "No."));
    world.sides(1)[1].ended(id(3));
    session.ask("Three");
    const previous = world.asked.map(({ request }) => (request as ResponseRequest).previous_response_id);
    expect(previous).toEqual([undefined, undefined, id(1), id(2), id(1), id(3)]);
  });

  it("asks again in place of the last answer, from the same turn before", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("One");
    await world.end(0);
    session.ask("Two");
    await world.end(1);
    session.askAgain([1]);
    expect(session.turns).toHaveLength(2);
    expect(world.asked.at(-1)).toMatchObject({
      request: { input: "Two", previous_response_id: id(2) },
      transport: "http",
    });
    expect(session.turns[1]?.sides[0]?.answer).toBe(world.sides(1)[0]);
  });

  it("stops what runs, on one side or both", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("One");
    const [left, right] = world.sides(0);
    session.stop([1]);
    expect([left.stops, right.stops]).toEqual([0, 1]);
    right.ended(id(2), "cancelled");
    session.stop();
    expect([left.stops, right.stops]).toEqual([1, 1]);
  });

  it("keeps question and response ids, and shows them in the URL", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("Remember");
    world.sides(0)[0].created(id(1));
    world.sides(0)[1].created(id(2));
    await settled();
    expect(session.history[0]?.turns).toEqual([{ prompt: "Remember", ids: [id(1), id(2)] }]);
    expect(world.fragments.at(-1)).toBe(`#/a/${id(1)},${id(2)}`);
    expect(world.stored.get("rill.history")).toContain(id(2));
    const again = await world.session();
    expect(again.history).toEqual(session.history);
    again.clearHistory();
    expect(world.stored.has("rill.history")).toBe(false);
  });

  it("opens a link's answers and finds their question", async () => {
    const world = new World();
    const session = await world.session(`#/a/${id(1)},${id(2)}`);
    await settled();
    expect(world.asked.map(({ request }) => request)).toEqual([id(1), id(2)]);
    expect(session.turns[0]?.prompt).toBe("From the server");
    expect(world.stored.size).toBe(0);
  });

  it("opens the whole conversation of a link that it knows", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("One");
    await world.end(0);
    session.ask("Two");
    await world.end(1);
    const again = await world.session(`#/a/${id(3)},${id(4)}`);
    expect(again.turns.map(({ prompt }) => prompt)).toEqual(["One", "Two"]);
  });

  it("keeps answers running when another conversation begins", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("One");
    session.newConversation();
    expect(world.closed).toBe(0);
    expect(world.sides(0)[0].stops).toBe(0);
    expect(session.ready).toBe(true);
  });

  it("keeps a question that was left before its answers had ids", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("Left early");
    const [left, right] = world.sides(0);
    session.newConversation();
    const shown = world.fragments.length;
    left.created(id(1));
    right.created(id(2));
    await settled();
    expect(session.history.map(({ turns }) => turns)).toEqual([[{ prompt: "Left early", ids: [id(1), id(2)] }]]);
    expect(world.stored.get("rill.history")).toContain("Left early");
    expect(world.fragments.slice(shown)).toEqual([]);
    expect(session.turns).toEqual([]);
  });

  it("shows answers that still run when their conversation opens again", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("One");
    const [left, right] = world.sides(0);
    left.created(id(1));
    right.created(id(2));
    await settled();
    session.newConversation();
    session.openConversation(session.history[0] as never);
    expect(world.asked.length).toBe(2);
    expect(session.turns[0]?.sides[0]?.answer).toBe(left);
    expect(world.fragments.at(-1)).toBe(`#/a/${id(1)},${id(2)}`);
    world.tell("open");
    world.tell("waiting");
    expect(session.turns[0]?.sides[0]?.phase).toBe("reconnecting");
  });

  it("reads a left conversation again once its answers have ended", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("One");
    const [left, right] = world.sides(0);
    left.created(id(1));
    right.created(id(2));
    await settled();
    session.newConversation();
    left.ended(id(1));
    right.ended(id(2));
    await settled();
    session.openConversation(session.history[0] as never);
    expect(world.asked.slice(2).map(({ request }) => request)).toEqual([id(1), id(2)]);
  });

  it("does not keep a left question in a list that was cleared", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("Secret");
    session.newConversation();
    session.clearHistory();
    world.sides(0)[0].created(id(1));
    await settled();
    expect(session.history).toEqual([]);
    expect(world.stored.has("rill.history")).toBe(false);
  });

  it("lists a conversation that is answered after the list was cleared", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("Long");
    for (const [n, answer] of world.sides(0).entries()) answer.created(id(n + 1));
    await settled();
    session.newConversation();
    session.clearHistory();
    expect(session.past.map(({ turns }) => turns[0]?.prompt)).toEqual(["Long"]);
    expect(world.stored.has("rill.history")).toBe(false);
    session.openConversation(session.past[0] as never);
    session.stop();
    expect(world.sides(0).map(({ stops }) => stops)).toEqual([1, 1]);
  });

  it("lists no conversation twice, and an unlisted one until it has ended", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("Kept");
    world.sides(0)[0].created(id(1));
    await settled();
    session.newConversation();
    expect(session.past).toEqual(session.history);
    session.clearHistory();
    await world.end(0);
    expect(session.past).toEqual([]);
    expect(world.stored.has("rill.history")).toBe(false);
  });

  it("keeps of a conversation only what was asked after the list was cleared", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("Secret");
    await world.end(0);
    session.clearHistory();
    session.ask("Public");
    await world.end(1);
    expect(session.history.map(({ turns }) => turns)).toEqual([[{ prompt: "Public", ids: [id(3), id(4)] }]]);
    expect(world.fragments.at(-1)).toBe(`#/a/${id(3)},${id(4)}`);
    world.now = 5_000;
    session.askAgain([0]);
    world.asked.at(-1)?.answer.created(id(5));
    await settled();
    expect(session.history[0]?.at).toBe(5_000);
    expect(session.history[0]?.turns).toEqual([{ prompt: "Public", ids: [id(5), id(4)] }]);
  });

  it("adds to what another tab has put into the list", async () => {
    const world = new World();
    const [one, other] = [await world.session(), await world.session()];
    one.ask("One");
    world.sides(0)[0].created(id(1));
    await settled();
    other.ask("Other");
    world.sides(1)[0].created(id(3));
    await settled();
    expect(other.history.map(({ turns }) => turns[0]?.prompt)).toEqual(["Other", "One"]);
    expect(one.history).toHaveLength(1);
    one.storedElsewhere("rill.history", world.stored.get("rill.history") ?? null);
    expect(one.history).toEqual(other.history);
  });

  it("brings back nothing of a list that another tab has cleared", async () => {
    const world = new World();
    const [one, other] = [await world.session(), await world.session()];
    one.ask("Secret");
    await world.end(0);
    other.clearHistory();
    one.storedElsewhere("rill.history", null);
    expect(one.past).toEqual([]);
    one.ask("Public");
    world.sides(1)[0].created(id(3));
    await settled();
    expect(world.stored.get("rill.history")).toContain("Public");
    expect(world.stored.get("rill.history")).not.toContain("Secret");
  });

  it("lists its conversations in a browser that keeps nothing", async () => {
    const world = new World();
    world.surroundings.storage.setItem = () => {
      throw new Error("full");
    };
    const session = await world.session();
    for (const n of [0, 1]) {
      session.ask(`${n}`);
      for (const [side, answer] of world.sides(n).entries()) answer.ended(id(n * 2 + side + 1));
      await settled();
      session.newConversation();
    }
    expect(session.past.map(({ turns }) => turns[0]?.prompt)).toEqual(["1", "0"]);
  });

  it("fetches a question that the list has not kept whole before it is asked again", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("x".repeat(3_000));
    await world.end(0);
    const again = await world.session();
    world.reachable = false;
    again.openConversation(again.past[0] as never);
    for (const { answer } of world.asked.slice(2)) answer.ended(answer.id as string);
    await settled();
    expect(again.turns[0]).toMatchObject({ prompt: "x".repeat(2_000), cut: true });
    expect(again.canAskAgain).toBe(false);
    again.askAgain([0]);
    expect(world.asked).toHaveLength(4);
    world.reachable = true;
    again.newConversation();
    again.openConversation(again.past[0] as never);
    for (const { answer } of world.asked.slice(4)) answer.ended(answer.id as string);
    await settled();
    expect(again.turns[0]).toMatchObject({ prompt: "From the server", cut: false });
    again.askAgain([0]);
    expect(world.asked.at(-1)?.request).toMatchObject({ input: "From the server" });
  });

  it("asks nothing before a good key was given, and keeps it in memory alone", async () => {
    const world = new World();
    world.goodKey = "good";
    world.config = { ...world.config, authentication: ["keys"] };
    const session = await world.session(`#/a/${id(1)},${id(2)}`);
    expect(session.credential).toBe("needed");
    expect(session.ask("Why?")).toBe(false);
    await session.authenticate("bad");
    expect(session.credential).toBe("refused");
    await session.authenticate(" good ");
    expect(session.credential).toBe("given");
    expect(world.clients.at(-1)?.token).toBe("good");
    expect(world.asked.map(({ request }) => request)).toEqual([id(1), id(2)]);
    expect([...world.stored.values(), ...world.fragments].join()).not.toContain("good");
  });

  it("asks for another key when an answer is refused by 401", async () => {
    const world = new World();
    world.goodKey = "good";
    world.config = { ...world.config, authentication: ["keys"] };
    const session = await world.session();
    await session.authenticate("good");
    session.ask("Why?");
    world.sides(0)[0].fail(new RillError("authentication_expired", "It has expired.", { status: 401 }));
    await settled();
    expect(session.credential).toBe("expired");
    expect(session.ready).toBe(false);
    session.askAgain([0]);
    expect(world.asked).toHaveLength(2);
    // The other side's answer goes on, by the client that it was asked with.
    expect(world.closed).toBe(0);
    world.sides(0)[1].created(id(2)).ended(id(2));
    await settled();
    expect(world.closed).toBe(1);
    await session.authenticate("good");
    session.askAgain([0]);
    expect(world.clients).toHaveLength(2);
  });

  it("asks for a key when the server wants one since it was started again", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("Why?");
    world.sides(0)[0].fail(new RillError("missing_credentials", "No.", { status: 401 }));
    await settled();
    expect(session.credential).toBe("needed");
    await session.authenticate("key");
    expect(session.credential).toBe("given");
    world.sides(0)[1].fail(new RillError("missing_credentials", "No.", { status: 401 }));
    await settled();
    expect(session.credential).toBe("given");
  });

  it("refuses a key that no header can carry", async () => {
    const world = new World();
    world.config = { ...world.config, authentication: ["keys"] };
    const session = await world.session();
    await session.authenticate("キー");
    expect(session.credential).toBe("refused");
  });

  it("keeps a fresh key when an answer with the old one is refused", async () => {
    const world = new World();
    world.config = { ...world.config, authentication: ["keys"] };
    const session = await world.session();
    await session.authenticate("old");
    session.ask("Left behind");
    session.newConversation();
    session.ask("Shown");
    const refused = new RillError("invalid_credentials", "No.", { status: 401 });
    world.sides(1)[0].fail(refused);
    await settled();
    expect(session.credential).toBe("refused");
    await session.authenticate("fresh");
    world.sides(1)[1].fail(refused);
    world.sides(0)[0].fail(refused);
    await settled();
    expect(session.credential).toBe("given");
    session.askAgain([0]);
    expect(world.clients.map(({ token }) => token)).toEqual(["old", "fresh"]);
    world.asked.at(-1)?.answer.fail(refused);
    await settled();
    expect(session.credential).toBe("refused");
  });

  it("forgets an earlier key too, whose answers go on", async () => {
    const world = new World();
    world.config = { ...world.config, authentication: ["keys"] };
    const session = await world.session();
    await session.authenticate("old");
    session.ask("Why?");
    await session.authenticate("fresh");
    expect(world.closed).toBe(0);
    session.forgetCredential();
    expect(world.closed).toBeGreaterThan(0);
    expect(session.credential).toBe("needed");
  });

  it("tells the state of a socket to the answers that go over it alone", async () => {
    const world = new World();
    world.config = { ...world.config, authentication: ["keys"] };
    const session = await world.session();
    session.change({ transports: ["websocket", "websocket"] });
    await session.authenticate("old");
    session.ask("Why?");
    const [left, right] = world.sides(0);
    world.tell("open");
    right.write("response.in_progress", { response: { id: id(2), status: "in_progress", output: [] } });
    left.fail(new RillError("invalid_credentials", "No.", { status: 401 }));
    await session.authenticate("fresh");
    session.askAgain([0]);
    const phases = () => session.turns[0]?.sides.map((side) => side?.phase);
    world.asked.at(-1)?.answer.write("response.in_progress", {
      response: { id: id(3), status: "in_progress", output: [] },
    });
    world.tell("connecting");
    expect(phases()).toEqual(["reconnecting", "running"]);
    world.tell("open");
    world.tells[0]?.("waiting");
    expect(phases()).toEqual(["running", "reconnecting"]);
  });

  it("tells a token that has expired from one that is not good", async () => {
    const world = new World();
    world.goodKey = "good";
    world.config = { ...world.config, authentication: ["oidc"] };
    world.now = 5_000;
    const session = await world.session();
    for (const [token, told] of [
      [`e30.${btoa('{"exp":5}')}.x`, "expired"],
      [`e30.${btoa('{"exp":6}')}.x`, "refused"],
      [`e30.${btoa("{}")}.x`, "refused"],
      ["e30.%.x", "refused"],
      ["rill_key", "refused"],
    ] as const) {
      await session.authenticate(token);
      expect([token, session.credential]).toEqual([token, told]);
    }
  });

  it("lets the page cut its own sockets where the server takes no faults", async () => {
    const world = new World();
    const session = await world.session();
    await session.cutSocket();
    expect(session.notice).toEqual({ kind: "cut", sockets: 0 });
    expect(world.requests.some((request) => request.includes("cut"))).toBe(false);
    world.later.at(-1)?.();
    expect(session.notice).toBeUndefined();
  });

  it("lets the server cut sockets and kill the worker of the socket's answer", async () => {
    const world = new World();
    world.configHeaders = { "x-rill-faults": "/local/faults" };
    const session = await world.session();
    await session.killWorker();
    expect(session.notice).toEqual({ kind: "killedNone" });
    session.ask("Why?");
    world.sides(0)[0].created(id(1));
    await session.killWorker();
    expect(session.notice).toEqual({ kind: "killed" });
    await session.cutSocket();
    expect(session.notice).toEqual({ kind: "cut", sockets: 2 });
    expect(world.requests).toContain(`POST /local/faults/kill-worker {"response_id":"${id(1)}"}`);
  });

  it("asks for its configuration until the server is there", async () => {
    const world = new World();
    world.reachable = false;
    const session = await world.session();
    expect(session.serverSilent).toBe(true);
    world.reachable = true;
    world.later.at(-1)?.();
    await settled();
    expect(session.serverSilent).toBe(false);
    expect(session.ready).toBe(true);
  });

  it("marks a cut, and that the answer was resumed", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("Why?");
    const [left] = world.sides(0);
    world.tell("open");
    left.created(id(1)).write("response.in_progress", { response: { id: id(1), status: "in_progress", output: [] } });
    world.tell("waiting");
    const side = session.turns[0]?.sides[0];
    expect(side?.phase).toBe("reconnecting");
    left.update({ resumes: 1 });
    world.tell("open");
    await settled();
    expect(side?.phase).toBe("running");
    expect(side?.timeline.marks.map(({ kind }) => kind)).toEqual(["created", "running", "cut", "resumed"]);
    expect(session.turns[0]?.sides[1]?.timeline.marks).toEqual([]);
  });

  it("counts the seconds in the queue until the answer runs", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("Why?");
    const side = session.turns[0]?.sides[0];
    expect(side?.queuedSeconds(5_000)).toBeUndefined();
    world.now = 1_000;
    world.sides(0)[0].write("response.queued", { response: { id: id(1), status: "queued", output: [] } });
    expect(side?.queuedSeconds(4_900)).toBe(3);
    world.now = 6_000;
    world.sides(0)[0].write("response.in_progress", { response: { id: id(1), status: "in_progress", output: [] } });
    expect(side?.queuedSeconds(60_000)).toBe(5);
  });
});

describe("a running answer", () => {
  it("says for how many seconds nothing has come", async () => {
    const world = new World();
    const session = await world.session();
    session.ask("Why?");
    const side = session.turns[0]?.sides[0];
    world.now = 1_000;
    world.sides(0)[0].write("response.in_progress", { response: { id: id(1), status: "in_progress", output: [] } });
    expect(side?.silentSeconds(3_900)).toBeUndefined();
    expect(side?.silentSeconds(4_100)).toBe(3);
    world.sides(0)[0].ended(id(1));
    expect(side?.silentSeconds(60_000)).toBeUndefined();
  });
});

describe("the phase of an answer", () => {
  it.each([
    ["sending", "websocket", "connecting", "sending"],
    ["queued", "websocket", "open", "queued"],
    ["in_progress", "websocket", "open", "running"],
    ["in_progress", "websocket", "waiting", "reconnecting"],
    ["in_progress", "websocket", "offline", "reconnecting"],
    ["in_progress", "http", "waiting", "running"],
    ["completed", "websocket", "waiting", "completed"],
    ["cancelled", "websocket", "open", "stopped"],
    ["failed", "http", undefined, "failed"],
    ["incomplete", "http", undefined, "incomplete"],
  ] as const)("is that of status %s over %s, socket %s: %s", (status, transport, connection, phase) => {
    expect(phaseOf({ status, transport }, connection)).toBe(phase);
  });
});
