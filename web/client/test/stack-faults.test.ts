import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CuttingProxy } from "../../testing/cutting-proxy.js";
import { missing, Stack } from "../../testing/stack.js";
import { type AskOptions, type ResponseRequest, Rill, RillError, type RillOptions } from "../src/index.js";
import { type Mangling, mangled } from "./mangled.js";
import { Recorded } from "./recorded.js";
import { randomOf } from "./world.js";

const reason = missing();
if (reason) {
  console.log(`The tests of faults with the whole stack are skipped: ${reason}.`);
}

/** How an answer is asked for. In the background, the events over HTTP are those of a worker, as on a socket. */
const WAYS: [Partial<ResponseRequest>, AskOptions][] = [
  [{}, { transport: "websocket" }],
  [{}, { transport: "http" }],
  [{ background: true }, { transport: "http" }],
];
const [SOCKET, HTTP, BACKGROUND] = WAYS as [(typeof WAYS)[0], (typeof WAYS)[0], (typeof WAYS)[0]];

describe.skipIf(reason)("faults of the whole stack", { timeout: 500_000 }, () => {
  let stack: Stack;
  let proxy: CuttingProxy;
  let clients: Rill[] = [];
  let dice: () => number;

  beforeAll(async () => {
    stack = await Stack.start("--port", "0", "--pace", "60", "--environments", "6");
  }, 600_000);

  afterAll(() => stack?.stop(), 60_000);

  beforeEach(async () => {
    dice = randomOf(20_261_128);
    proxy = await CuttingProxy.to(stack.port);
  });

  afterEach(async () => {
    for (const client of clients) {
      client.close();
    }
    clients = [];
    try {
      await proxy.until(() => proxy.sockets + proxy.streams === 0, "closed clients have connections");
    } finally {
      await proxy.stop();
      await stack.injects({});
    }
  }, 300_000);

  /** A client that comes back fast, so that the tests do. */
  function newClient(options: Partial<RillOptions> = {}): Rill {
    const client = new Rill({ url: proxy.url, random: () => dice() / 10, ...options });
    clients.push(client);
    return client;
  }

  /** Asks as often as this in each of the ways, at the same time. */
  function askAll(input: string, each: number, ways = WAYS, client = newClient()): Recorded[] {
    return Array.from({ length: each * ways.length }, (_value, index) => {
      const [request, options] = ways[index % ways.length] as (typeof WAYS)[0];
      const one = new Recorded(client.ask({ input, ...request }, options), `${input} (${index})`);
      one.answer.on("change", () => proxy.look());
      return one;
    });
  }

  function untilAll(all: Recorded[], condition: (one: Recorded) => boolean): Promise<unknown> {
    return Promise.all(all.map((one) => one.until(() => condition(one))));
  }

  /** All end; then the faults do, and what was read is compared with what is stored. */
  async function expectAllCompleted(all: Recorded[]): Promise<void> {
    await Promise.all(all.map((one) => one.settled()));
    await stack.injects({});
    for (const one of all) {
      await one.expectCompleted(stack.url);
    }
  }

  function sum(all: Recorded[], field: "resumes" | "attempt"): number {
    return all.reduce((total, { answer }) => total + answer[field], 0);
  }

  async function expectInjected(...faults: string[]): Promise<void> {
    const counts = JSON.parse(await stack.counts());
    for (const fault of faults) {
      const [group, name] = fault.split(".") as [string, string];
      expect(counts[group][name], fault).toBeGreaterThan(0);
    }
  }

  // ---- sockets and streams

  it("messages are lost, doubled and swapped on the socket", async () => {
    const counts: Mangling = { lost: 0, twice: 0, swapped: 0 };
    const all = askAll("/slow 40 /count 60", 6, [SOCKET], newClient({ WebSocket: mangled(dice, counts) }));
    await expectAllCompleted(all);
    expect(counts).toMatchObject({ lost: expect.toSatisfy(isPositive), twice: expect.toSatisfy(isPositive) });
    expect(counts.swapped).toBeGreaterThan(0);
    expect(sum(all, "resumes")).toBeGreaterThan(0);
  });

  it("sockets and streams are cut at random bytes", async () => {
    const answeredInline = askAll("/slow 40 /count 80", 2, [HTTP]);
    const all = [...answeredInline, ...askAll("/slow 40 /count 80", 2, [SOCKET, BACKGROUND])];
    const running = () => all.some(({ ended }) => !ended);
    while (running()) {
      const { cuts } = proxy;
      proxy.cutAfter(Math.floor(dice() * 20_000));
      await proxy.until(() => proxy.cuts > cuts || !running(), "nothing is cut");
    }
    await expectAllCompleted(all.filter(({ answer }) => answer.status !== "incomplete"));
    for (const one of all.filter(({ answer }) => answer.status === "incomplete")) {
      // Over HTTP a server that hears of a lost reader may end the answer before the client is back.
      expect((await one.expectWhole(stack.url)).incomplete_details?.reason, one.state).toBe("client_gone");
      expect(answeredInline, one.state).toContain(one);
    }
    expect(proxy.cuts).toBeGreaterThan(5);
    expect(sum(all, "resumes")).toBeGreaterThan(3);
  });

  it("all is cut again and again while the model is silent", async () => {
    const all = askAll("/delay 6000 /slow 40 /count 20", 1, [SOCKET, BACKGROUND]);
    await untilAll(all, ({ answer }) => answer.id !== undefined);
    const isSilent = () => all.some(({ answer }) => answer.text === "");
    while (isSilent()) {
      const { attempts } = proxy;
      proxy.cut();
      const isBack = () => proxy.attempts >= attempts + 2 && proxy.sockets === 1;
      await proxy.until(() => isBack() || !isSilent(), "the client does not come back");
    }
    await expectAllCompleted(all);
    expect(sum(all, "resumes")).toBeGreaterThan(1);
  });

  it("answers that are not stored are cut", async () => {
    const unstored = WAYS.slice(0, 2).map(([, options]) => [{ store: false }, options] as (typeof WAYS)[0]);
    const all = askAll("/slow 30 /count 60", 2, unstored);
    for (const at of [3, 10, 25]) {
      await untilAll(all, ({ answer, ended }) => answer.lastSequence >= at || ended);
      proxy.cut();
    }
    for (const one of all) {
      const response = await one.settled();
      expect(response, one.state).not.toBeInstanceOf(RillError);
      expect(one.events.map((event) => event.sequence_number)).toEqual([...one.events.keys()]);
      expect(one.events.at(-1), one.state).toMatchObject({ response });
      // Over HTTP a server that hears of a lost reader may end the answer before the client is back.
      expect(["completed", "incomplete"], one.state).toContain(one.answer.status);
    }
    expect(sum(all, "resumes")).toBeGreaterThan(3);
  });

  // ---- the services around the functions

  it("posts to the socket are answered by 410, 429, 500 and nothing", async () => {
    await stack.injects({
      seed: 7,
      connections: { gone: 0.03, limit_exceeded: 0.05, server_error: 0.05, hang: 0.005 },
    });
    const all = askAll("/slow 30 /count 60", 6, [SOCKET]);
    await Promise.all(all.map((one) => one.settled()));
    await expectInjected("connections.gone", "connections.limit_exceeded", "connections.server_error");
    await expectAllCompleted(all);
    expect(sum(all, "resumes")).toBeGreaterThan(0);
  });

  it("posts of the first events fail", async () => {
    const types = ["response.created", "response.queued"];
    await stack.injects({ seed: 7, connections: { server_error: 0.9, types } });
    await expectAllCompleted(askAll("/slow 30 /count 20", 4, [SOCKET]));
    await expectInjected("connections.server_error");
  });

  it("messages of the queue come twice, and late", async () => {
    await stack.injects({ seed: 7, queue: { twice: 1, late: 0.5, late_seconds: 1 } });
    await expectAllCompleted(askAll("/slow 30 /count 60", 2, [SOCKET, BACKGROUND]));
    await expectInjected("queue.twice", "queue.late");
  });

  it("the tables throttle, refuse and fail", async () => {
    await stack.injects({ seed: 7, dynamodb: { throttled: 0.08, conditional_failed: 0.02, internal_error: 0.04 } });
    await expectAllCompleted(askAll("/slow 30 /count 60", 2));
    await expectInjected("dynamodb.throttled", "dynamodb.internal_error");
  });

  // ---- processes

  it("workers are killed amid their answers", async () => {
    const all = askAll("/slow 20 /count 120", 1, [SOCKET, BACKGROUND]);
    await untilAll(all, ({ answer }) => answer.text.length > 100);
    expect(stack.signal("SIGKILL", "worker-fn").length).toBeGreaterThan(0);
    await expectAllCompleted(all);
    for (const { answer, events, state } of all) {
      expect(answer.attempt, state).toBeGreaterThan(1);
      expect(events.map((event) => event.type)).toContain("rill:response.restarted");
    }
  });

  it("workers are frozen until others have taken their answers", async () => {
    const all = askAll("/slow 20 /count 120", 1, [SOCKET, BACKGROUND]);
    await untilAll(all, ({ answer }) => answer.text.length > 100);
    const frozen = stack.signal("SIGSTOP", "worker-fn");
    try {
      expect(frozen.length).toBeGreaterThan(0);
      await untilAll(all, ({ answer }) => answer.attempt > 1);
    } finally {
      stack.signal("SIGCONT", frozen);
    }
    // The old worker writes on, until it learns that the answer is no longer its own.
    await expectAllCompleted(all);
  });

  it("workers are killed amid a conversation", async () => {
    const turns: Recorded[] = [];
    const client = newClient();
    for (const words of ["one", "two", "three"]) {
      const previous = turns.at(-1)?.answer.id;
      const request = { input: `/slow 30 /count 40 ${words}`, ...(previous ? { previous_response_id: previous } : {}) };
      const turn = new Recorded(client.ask(request), words);
      turns.push(turn);
      if (words === "two") {
        await turn.until(() => turn.answer.text.length > 20);
        expect(stack.signal("SIGKILL", "worker-fn").length).toBeGreaterThan(0);
      }
      await turn.settled();
    }
    await expectAllCompleted(turns);
  });

  it("stream-fn is killed while it answers and while it reads", async () => {
    const all = askAll("/slow 20 /count 80", 1, [HTTP, BACKGROUND]);
    await untilAll(all, ({ answer }) => answer.text.length > 60);
    expect(stack.signal("SIGKILL", "stream-fn").length).toBeGreaterThan(0);
    // An answer whose function has died ends as the server says; a worker's goes on.
    const [answered, read] = all as [Recorded, Recorded];
    await read.expectCompleted(stack.url);
    await answered.expectWhole(stack.url);
    expect(sum(all, "resumes")).toBeGreaterThan(1);
  });

  it("message-fn is killed while requests are on their way", async () => {
    const client = newClient();
    const first = askAll("/slow 30 /count 20", 1, [SOCKET], client);
    await untilAll(first, ({ answer }) => answer.id !== undefined);
    const all = [...first, ...askAll("/slow 30 /count 20", 4, [SOCKET], client)];
    expect(stack.signal("SIGKILL", "message-fn").length).toBeGreaterThan(0);
    await expectAllCompleted(all);
  });

  it("connect-fn is killed while sockets come and go", async () => {
    const all = askAll("/slow 30 /count 60", 3, [SOCKET]);
    let killed = 0;
    for (const at of [5, 20]) {
      await untilAll(all, ({ answer }) => answer.lastSequence >= at);
      proxy.cut();
      killed += stack.signal("SIGKILL", "connect-fn").length;
    }
    await expectAllCompleted(all);
    expect(killed).toBeGreaterThan(0);
    expect(sum(all, "resumes")).toBeGreaterThan(3);
  });

  // ---- the model

  it("the model refuses, stalls, breaks off and talks nonsense", async () => {
    const prompts = [
      "/fail 429 times=1 after=1 /slow 30 /count 20",
      "/fail 401",
      "/break 5 /slow 30",
      "/end 5 /slow 30",
      "/nonsense 5",
      "/page",
      "/error 5",
      "/failed 5",
    ];
    const all = prompts.flatMap((prompt) => askAll(prompt, 1, [SOCKET, BACKGROUND]));
    const stored = [];
    for (const one of all) {
      stored.push((await one.expectWhole(stack.url)).status);
    }
    expect(stored).toEqual(["completed", "completed", ...new Array(14).fill("failed")]);
  });

  // ---- the last one: it restarts the stack

  it("the server is restarted", async () => {
    // A stack may take longer than two minutes to start.
    const patient = newClient({ giveUpAfter: 600_000 });
    const running = askAll("/slow 5 /count 500", 1, WAYS, patient);
    await untilAll(running, ({ answer }) => answer.text.length > 5);
    const { port } = stack;
    await stack.stop();
    // Asked of a server that is down, and answered by the next one.
    const waiting = askAll("/fast How do rivers form?", 1, WAYS, patient);
    stack = await Stack.start("--port", String(port), "--pace", "60");
    for (const one of running) {
      expect(await one.settled(), one.state).toMatchObject({ code: "not_found", status: 404 });
      const numbers = one.events.map((event) => event.sequence_number);
      expect(numbers).toEqual([...numbers.keys()]);
    }
    await expectAllCompleted(waiting);
  });
});

const isPositive = (count: number) => count > 0;
