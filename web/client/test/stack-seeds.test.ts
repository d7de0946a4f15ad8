import { afterAll, beforeAll, expect, it } from "vitest";
import { CuttingProxy } from "../../testing/cutting-proxy.js";
import { missing, Stack } from "../../testing/stack.js";
import { type AskOptions, type ResponseRequest, Rill, type RillError, type Transport } from "../src/index.js";
import { type Mangling, mangled } from "./mangled.js";
import { Recorded } from "./recorded.js";
import { FakeSurroundings, randomOf } from "./world.js";

const reason = missing();
if (reason) {
  console.log(`The tests of seeds with the whole stack are skipped: ${reason}.`);
}

/** RILL_STACK_SEED=17 runs that seed alone, RILL_STACK_SEEDS=1000 so many, and both so many from that one on. */
const { RILL_STACK_SEED, RILL_STACK_SEEDS } = process.env;
const FIRST = Number(RILL_STACK_SEED ?? 1);
const COUNT = Number(RILL_STACK_SEEDS ?? (RILL_STACK_SEED ? 1 : 60));
const AT_ONCE = 20;

/** The plan of faults changes after so many seeds. */
const BLOCK = 40;

const PLANS: object[] = [
  { connections: { gone: 0.02, limit_exceeded: 0.03, server_error: 0.03 } },
  { queue: { twice: 0.5, late: 0.2, late_seconds: 1 } },
  { dynamodb: { throttled: 0.04, conditional_failed: 0.01, internal_error: 0.02 } },
  {},
  {
    connections: { gone: 0.01, limit_exceeded: 0.02, server_error: 0.02 },
    queue: { twice: 0.3, late: 0.1, late_seconds: 1 },
    dynamodb: { throttled: 0.02, internal_error: 0.01 },
  },
  { connections: { server_error: 0.5, types: ["response.created", "response.queued"] } },
];

const PROMPTS = [
  "/fast How do rivers form?",
  "/fast /count 300",
  "/slow 60 /count 40",
  "/slow 120 /count 200",
  "/delay 300 /slow 60 /count 20",
  "/large 60",
  "/large 140",
  "/fail 429 times=1 after=0.1 /fast /count 30",
  "/fail 401",
  "/break 5 /slow 60",
  "/error 5",
  "/failed 5",
];

/** Minutes long, so that only a stop ends it so soon. */
const ENDLESS = "/slow 20 /count 5000";

const FAULTS = ["cut", "byte", "byte", "read", "offline", "outage"] as const;

/** A client with one answer, its readers, and what a seed does to them. */
class Scenario {
  readonly #seed: number;
  readonly #random: () => number;
  readonly #proxy: CuttingProxy;
  readonly #surroundings = new FakeSurroundings();
  readonly #readers: Recorded[] = [];
  /** The number after which each reader was to begin. */
  readonly #after = new Map<Recorded, number>();
  readonly #rill: Rill;
  readonly #done: string[] = [];
  /** How the scenario ends unless the answer has ended before. */
  readonly #last: "end" | "stop" | "close";

  constructor(seed: number, proxy: CuttingProxy) {
    this.#seed = seed;
    this.#random = randomOf(seed);
    this.#proxy = proxy;
    const mangling: Mangling = { lost: 0, twice: 0, swapped: 0 };
    this.#rill = new Rill({
      url: proxy.url,
      // It comes back fast, so that the test does.
      random: () => this.#random() / 10,
      surroundings: this.#surroundings,
      WebSocket: this.#chance(0.3) ? mangled(this.#random, mangling) : undefined,
    });
    this.#last = this.#one(["end", "end", "end", "stop", "close"]);
  }

  /** The answer and its other readers. */
  get readers(): readonly Recorded[] {
    return this.#readers;
  }

  get state(): string {
    return [this.#done.join(", "), ...this.#readers.map((reader) => reader.state)].join("; ");
  }

  /** Plays until the answer and all its readers have ended, and leaves no connection behind. */
  async play(): Promise<void> {
    const asked = this.#ask();
    for (let faults = this.#int(0, 4); faults > 0 && !asked.ended; faults--) {
      await this.#reach(asked);
      await this.#fault(asked);
    }
    if (this.#last !== "end") {
      await this.#reach(asked);
      this.#note(this.#last, asked);
      this.#last === "close" ? this.#rill.close() : asked.answer.stop();
    }
    await Promise.all(this.#readers.map((reader) => reader.settled()));
    this.#rill.close();
    await this.#proxy.until(() => this.#proxy.sockets + this.#proxy.streams === 0, "a closed client has connections");
  }

  /** Compares what was read with what the server has stored. */
  async check(url: string): Promise<string> {
    const [asked, ...others] = this.#readers as [Recorded, ...Recorded[]];
    const { answer } = asked;
    for (const reader of others) {
      if (this.#isClosed(reader)) {
        this.#expectInOrder(reader);
      } else {
        await reader.expectWhole(url, this.#after.get(reader));
      }
    }
    if (this.#isClosed(asked)) {
      this.#expectInOrder(asked);
      return "closed";
    }
    if (answer.id === undefined) {
      const { code, status } = answer.error as RillError;
      // The model or a service has failed, or the local Lambda has no free process for too long.
      expect(code === "stopped" || code === "http_429" || status >= 500, this.state).toBe(true);
      return code === "stopped" ? "never asked" : "refused";
    }
    const stored = await asked.expectWhole(url, -1);
    if (this.#last === "stop") {
      // A server that hears of a lost reader ends an answer over HTTP by itself, before the stop has come.
      const gone = stored.incomplete_details?.reason === "client_gone";
      expect(gone ? "cancelled" : stored.status, this.state).toBe("cancelled");
    } else {
      expect(stored.status, this.state).not.toBe("cancelled");
    }
    return stored.status;
  }

  #isClosed({ answer }: Recorded): boolean {
    return this.#last === "close" && answer.error?.code === "closed";
  }

  #expectInOrder(reader: Recorded): void {
    const numbers = reader.events.map((event) => event.sequence_number);
    const first = (this.#after.get(reader) ?? -1) + 1;
    // A reader that comes after the last event gets that one.
    const known = reader.ended && numbers.length === 1 ? (numbers[0] as number) : first;
    expect(numbers, this.state).toEqual(numbers.map((_number, index) => known + index));
  }

  #ask(): Recorded {
    const input = `${this.#last === "stop" ? ENDLESS : this.#one(PROMPTS)} Seed ${this.#seed}.`;
    const transport = this.#one<Transport>(["websocket", "http"]);
    const request: ResponseRequest = { input };
    if (transport === "http" && this.#chance(0.4)) {
      request.background = true;
    }
    const options: AskOptions = { transport };
    return this.#watch(new Recorded(this.#rill.ask(request, options), `${JSON.stringify(request)} over ${transport}`));
  }

  /** Waits for one of the next events, or the end. */
  #reach(asked: Recorded): Promise<void> {
    const at = asked.answer.lastSequence + this.#int(0, 30);
    return asked.until(() => asked.answer.lastSequence >= at || asked.ended);
  }

  #note(fault: string, asked: Recorded): void {
    this.#done.push(`${fault} at ${asked.answer.lastSequence}`);
  }

  async #fault(asked: Recorded): Promise<void> {
    const proxy = this.#proxy;
    const fault = this.#one([...FAULTS]);
    this.#note(fault, asked);
    switch (fault) {
      case "cut":
        proxy.cut();
        break;
      case "byte":
        proxy.cutAfter(this.#int(0, this.#chance(0.5) ? 2_000 : 60_000));
        break;
      case "read":
        this.#read(asked);
        break;
      case "offline":
        this.#surroundings.signal("offline");
        proxy.disconnect();
        proxy.reconnect();
        this.#surroundings.signal("online");
        break;
      case "outage": {
        const { attempts } = proxy;
        proxy.disconnect();
        const isTried = () => proxy.attempts > attempts || this.#readers.every(({ ended }) => ended);
        await proxy.until(isTried, `nothing is tried again: ${this.state}`);
        proxy.reconnect();
      }
    }
  }

  /** Another reader of the same response, from its beginning or after an event that the first one has. */
  #read(asked: Recorded): void {
    const { id, lastSequence } = asked.answer;
    if (id !== undefined) {
      const after = this.#int(-1, lastSequence);
      const transport = this.#one<Transport>(["websocket", "http"]);
      const reader = new Recorded(this.#rill.resume(id, { after, transport }), `a reader after ${after}`);
      this.#after.set(reader, after);
      this.#watch(reader);
    }
  }

  #watch(reader: Recorded): Recorded {
    this.#readers.push(reader);
    reader.answer.on("change", () => this.#proxy.look());
    return reader;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #int(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }

  #one<T>(choices: T[]): T {
    return choices[this.#int(0, choices.length - 1)] as T;
  }
}

let stack: Stack;
const failures: string[] = [];
const endings = new Map<string, number>();
const unhandled = (error: unknown) => failures.push(`an unhandled rejection: ${error}`);

beforeAll(async () => {
  if (!reason) {
    process.on("unhandledRejection", unhandled);
    stack = await Stack.start("--port", "0", "--environments", "8");
  }
}, 600_000);

afterAll(async () => {
  process.off("unhandledRejection", unhandled);
  await stack?.stop();
}, 60_000);

async function attempt(seed: number, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const command = `RILL_STACK_SEED=${seed} npm exec --workspace client -- vitest run test/stack-seeds`;
    failures.push(`seed ${seed} (${command}): ${(error as Error).message}`);
    console.log(failures.at(-1));
    return false;
  }
}

/** Plays these seeds, some at a time, under one plan; compares when its faults have ended. */
async function playBlock(block: number, seeds: number[]): Promise<number> {
  await stack.injects({ seed: block, ...PLANS[block % PLANS.length] });
  const played: { seed: number; scenario: Scenario }[] = [];
  const left = [...seeds];
  const lane = async () => {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      const proxy = await CuttingProxy.to(stack.port);
      const scenario = new Scenario(seed, proxy);
      const good = await attempt(seed, () => scenario.play());
      await proxy.stop();
      if (good) {
        played.push({ seed, scenario });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await stack.injects({});
  let resumes = 0;
  for (const { seed, scenario } of played) {
    await attempt(seed, async () => {
      const ending = await scenario.check(stack.url);
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
      resumes += scenario.readers.reduce((sum, { answer }) => sum + answer.resumes, 0);
    });
  }
  return resumes;
}

it.skipIf(reason)(`${COUNT} seeds with the whole stack`, { timeout: 120_000 + COUNT * 30_000 }, async () => {
  let resumes = 0;
  for (let seed = FIRST; seed < FIRST + COUNT; ) {
    const block = Math.floor(seed / BLOCK);
    const end = Math.min(FIRST + COUNT, (block + 1) * BLOCK);
    resumes += await playBlock(
      block,
      Array.from({ length: end - seed }, (_value, index) => seed + index),
    );
    seed = end;
    const sums = [...endings].map(([ending, count]) => `${count} ${ending}`);
    console.log(`until seed ${end - 1}: ${sums.join(", ")}; ${resumes} resumes`);
  }
  expect(failures).toEqual([]);
});
