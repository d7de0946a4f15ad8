import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Answer, ResponseEvent, Transport } from "../src/index.js";
import { settle } from "./clock.js";
import { World } from "./world.js";

let world: World;
const rejections: unknown[] = [];
const reject = (reason: unknown) => rejections.push(reason);

beforeEach(() => {
  world = new World();
  rejections.length = 0;
  process.on("unhandledRejection", reject);
});

afterEach(async () => {
  await settle();
  process.off("unhandledRejection", reject);
  expect(rejections).toEqual([]);
});

/** Reads an answer in the background; the list grows. */
function collect(answer: Answer): { types: string[]; error?: unknown; over: boolean } {
  const seen: { types: string[]; error?: unknown; over: boolean } = { types: [], over: false };
  void (async () => {
    try {
      for await (const event of answer) {
        seen.types.push(event.type);
      }
    } catch (error) {
      seen.error = error;
    }
    seen.over = true;
  })();
  return seen;
}

const OF_A_SOCKET = [
  "response.created",
  "response.queued",
  "response.in_progress",
  "response.output_item.added",
  "response.output_text.delta",
  "response.output_text.delta",
  "response.output_text.delta",
  "response.completed",
];

describe.each<Transport>(["websocket", "http"])("an answer over %s", (transport) => {
  it("has text, status, usage and id", async () => {
    const answer = world.rill({ transport }).ask({ input: "How do rivers form?" });
    expect(answer).toMatchObject({ status: "sending", text: "", id: undefined, lastSequence: -1, attempt: 1 });
    const response = await world.clock.until(answer.done, 10_000);
    expect(response.status).toBe("completed");
    expect(answer).toMatchObject({ id: response.id, status: "completed", text: "Rivers form slowly.", transport });
    expect(answer).toMatchObject({ response, error: undefined, resumes: 0, lastSequence: world.server.response.last });
    expect(answer.usage?.total_tokens).toBe(8);
  });

  it("goes through its states", async () => {
    world.server.play = () => {};
    const answer = world.rill({ transport }).ask({ input: "?" });
    await world.clock.pass(100);
    expect(answer.status).toBe(transport === "http" ? "in_progress" : "queued");
    world.server.response.emitState("in_progress");
    world.server.response.delta("Hal");
    await world.clock.pass(100);
    expect(answer).toMatchObject({ status: "in_progress", text: "Hal" });
    world.server.response.end("incomplete");
    await world.clock.pass(100);
    expect(answer.status).toBe("incomplete");
  });

  it("gives each iterator every event", async () => {
    const answer = world.rill({ transport }).ask({ input: "?" });
    const early = collect(answer);
    await world.clock.pass(150);
    const amid = collect(answer);
    await world.clock.until(answer.done, 10_000);
    const late = collect(answer);
    await settle();
    const expected = transport === "http" ? OF_A_SOCKET.filter((type) => type !== "response.queued") : OF_A_SOCKET;
    expect([early.types, amid.types, late.types]).toEqual([expected, expected, expected]);
    expect([early.over, amid.over, late.over]).toEqual([true, true, true]);
  });

  it("fails with the code of the response", async () => {
    world.server.play = (response) =>
      response.fail({
        code: "rate_limit_exceeded",
        message: "Later.",
        "rill:details": { status: 429, retry_after: 7 },
      });
    const answer = world.rill({ transport }).ask({ input: "?" });
    const seen = collect(answer);
    await expect(world.clock.until(answer.done, 10_000)).rejects.toMatchObject({
      name: "RillError",
      code: "rate_limit_exceeded",
      status: 429,
      retryAfter: 7,
    });
    await settle();
    expect(answer.status).toBe("failed");
    expect(seen.over).toBe(true);
    expect(seen.error).toBeUndefined();
    expect(seen.types.at(-1)).toBe("response.failed");
  });

  it("is refused with code, status, param and time", async () => {
    if (transport === "http") {
      world.server.refusal = { status: 429, code: "rate_limit_exceeded", retryAfter: 12 };
    } else {
      world.server.receive = (socket, message) =>
        message.type === "response.create" &&
        world.server.error(socket, message, 429, "rate_limit_exceeded", "Later.", { "retry-after": "12" });
    }
    const answer = world.rill({ transport }).ask({ input: "?" });
    const seen = collect(answer);
    await expect(world.clock.until(answer.done, 10_000)).rejects.toMatchObject({
      code: "rate_limit_exceeded",
      status: 429,
      retryAfter: 12,
    });
    await settle();
    expect(seen.error).toBe(answer.error);
    expect(answer.status).toBe("failed");
    await world.clock.pass(600_000);
    const asked =
      world.server.requests.length + world.server.sockets.flatMap((s) => s.ofType("response.create")).length;
    expect(asked).toBe(1);
  });

  it("forgets its text when the response restarts", async () => {
    world.server.play = () => {};
    const answer = world.rill({ transport }).ask({ input: "?" });
    const events: ResponseEvent[] = [];
    answer.on("event", (event) => events.push(event));
    await world.clock.pass(100);
    const { response } = world.server;
    response.emitState("in_progress");
    response.delta("old");
    response.leak([{ type: "response.output_text.delta", delta: " unlogged" }]);
    await world.clock.pass(100);
    expect(answer.text).toBe("old unlogged");
    for (let count = 0; count < 3; count++) {
      response.emit("rill:response.restarted", { attempt: 2 });
    }
    response.text = "";
    await world.clock.pass(100);
    expect(answer).toMatchObject({ text: "", attempt: 2, status: "in_progress" });
    response.delta("new");
    response.end();
    await world.clock.until(answer.done, 10_000);
    expect(answer.text).toBe("new");
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
  });

  it("tells of changes once a turn", async () => {
    world.server.play = () => {};
    const answer = world.rill({ transport }).ask({ input: "?" });
    await world.clock.pass(100);
    let changes = 0;
    let events = 0;
    const offChange = answer.on("change", () => changes++);
    answer.on("event", () => events++);
    world.server.deliver = (socket, message) => socket.onmessage?.({ data: JSON.stringify(message) });
    world.server.latency = () => 0;
    for (let count = 0; count < 20; count++) {
      world.server.response.delta("x");
    }
    await world.clock.pass(0);
    expect(events).toBe(20);
    expect(changes).toBeGreaterThan(0);
    expect(changes).toBeLessThanOrEqual(transport === "http" ? 20 : 1);
    offChange();
    const before = changes;
    world.server.response.end();
    await world.clock.pass(100);
    expect(changes).toBe(before);
  });

  it("survives iterators that are left early", async () => {
    const answer = world.rill({ transport }).ask({ input: "?" });
    const iterator = answer[Symbol.asyncIterator]();
    const waiting = iterator.next();
    expect(await iterator.return?.()).toEqual({ value: undefined, done: true });
    expect(await waiting).toEqual({ value: undefined, done: true });
    const breaking = (async () => {
      for await (const event of answer) {
        return event.type;
      }
      return undefined;
    })();
    await world.clock.until(answer.done, 10_000);
    expect(await breaking).toBe("response.created");
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
  });

  it("reads from the first event where next() is called at once", async () => {
    const answer = world.rill({ transport }).ask({ input: "?" });
    const iterator = answer[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next(), iterator.next()];
    await world.clock.until(answer.done, 10_000);
    const numbers = (await Promise.all(asked)).map((result) => result.value?.sequence_number);
    expect(numbers).toEqual([0, 1, 2]);
  });

  it("lets no listener disturb it", async () => {
    const uncaught: unknown[] = [];
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => uncaught.push(error));
    const answer = world.rill({ transport }).ask({ input: "?" });
    answer.on("event", () => {
      throw new Error("of a listener");
    });
    await world.clock.until(answer.done, 10_000);
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) {
      process.on("uncaughtException", listener as never);
    }
    expect(answer.text).toBe("Rivers form slowly.");
    expect(uncaught.length).toBeGreaterThan(0);
  });

  it("stops before it was asked for", async () => {
    let deliver: (token: string) => void = () => {};
    const token = () =>
      new Promise<string>((resolve) => {
        deliver = resolve;
      });
    const answer = world.rill({ transport, token }).ask({ input: "?" });
    await world.clock.pass(100);
    answer.stop();
    await expect(answer.done).rejects.toMatchObject({ code: "stopped" });
    expect(answer.status).toBe("cancelled");
    deliver("good");
    await world.clock.pass(60_000);
    expect(world.server.responses.size).toBe(0);
  });

  it("stops before `created` has come", async () => {
    world.server.latency = () => 500;
    world.server.play = (response) => world.server.playText(response, ..."a long answer ".repeat(20).split(""));
    const answer = world.rill({ transport }).ask({ input: "?" });
    await world.clock.pass(600);
    answer.stop();
    answer.stop();
    expect(answer.status).toBe("sending");
    const response = await world.clock.until(answer.done, 30_000);
    expect(response.status).toBe("cancelled");
    expect(world.server.responses.size).toBe(1);
  });

  it.each([100, 250])("stops after %i ms", async (time) => {
    world.server.play = (response) => world.server.playText(response, ..."a long answer".split(""));
    const answer = world.rill({ transport }).ask({ input: "?" });
    await world.clock.pass(time);
    answer.stop();
    const response = await world.clock.until(answer.done, 10_000);
    expect(response.status).toBe("cancelled");
    expect(answer).toMatchObject({ status: "cancelled", error: undefined, text: world.server.response.text });
    expect(answer.text.length).toBeLessThan(13);
  });

  it("ignores a stop after the end", async () => {
    const answer = world.rill({ transport }).ask({ input: "?" });
    await world.clock.until(answer.done, 10_000);
    const requests = world.server.requests.length;
    answer.stop();
    await world.clock.pass(1_000);
    expect(answer.status).toBe("completed");
    expect(world.server.requests.length).toBe(requests);
    expect(world.server.response.cancelled).toBe(false);
  });

  it("stops when its signal is aborted, before or amid", async () => {
    const rill = world.rill({ transport });
    const none = rill.ask({ input: "?" }, { signal: AbortSignal.abort() });
    await expect(none.done).rejects.toMatchObject({ code: "stopped" });
    expect(world.server.requests).toEqual([]);
    const controller = new AbortController();
    const answer = rill.ask({ input: "?" }, { signal: controller.signal });
    await world.clock.pass(100);
    controller.abort();
    expect((await world.clock.until(answer.done, 10_000)).status).toBe("cancelled");
  });

  it("may fail though no code handles it", async () => {
    const rill = world.rill({ transport });
    const answers = [rill.ask({ input: "?" }, { signal: AbortSignal.abort() }), rill.resume("resp_0")];
    await world.clock.pass(1_000);
    rill.close();
    answers.push(rill.ask({ input: "?" }));
    await settle();
    expect(answers.map((answer) => answer.error?.code)).toEqual(["stopped", "not_found", "closed"]);
  });

  it("ends with the client", async () => {
    const rill = world.rill({ transport });
    const answer = rill.ask({ input: "?" });
    const seen = collect(answer);
    await world.clock.pass(100);
    rill.close();
    rill.close();
    await expect(answer.done).rejects.toMatchObject({ code: "closed" });
    await settle();
    expect(seen.error).toBe(answer.error);
    expect(rill.connection).toBe("closed");
    expect(world.surroundings.watched).toBe(false);
    expect(world.server.open).toEqual([]);
    const handshakes = world.server.handshakes.length;
    await expect(rill.ask({ input: "?" }).done).rejects.toMatchObject({ code: "closed" });
    world.surroundings.signal("online");
    await world.clock.pass(600_000);
    expect(world.server.handshakes.length).toBe(handshakes);
    expect(world.clock.pending).toBe(0);
  });

  it("is resumed by its id, from any event", async () => {
    const rill = world.rill({ transport });
    const first = rill.ask({ input: "?" });
    await world.clock.pass(150);
    const second = rill.resume(first.id as string);
    const third = rill.resume(first.id as string, { after: 3 });
    expect(second.id).toBe(first.id);
    const [one, two, three] = [collect(first), collect(second), collect(third)];
    await world.clock.until(Promise.all([first.done, second.done, third.done]), 60_000);
    await settle();
    expect(two.types).toEqual(one.types);
    expect(three.types).toEqual(one.types.slice(4));
    expect(third.text).toBe("Rivers form slowly.");
    const late = rill.resume(first.id as string, { after: 1_000 });
    await world.clock.until(late.done, 10_000);
    expect(late).toMatchObject({ text: "Rivers form slowly.", resumes: 0 });
  });

  it("is not found", async () => {
    const answer = world.rill({ transport }).resume("resp_0");
    await expect(world.clock.until(answer.done, 10_000)).rejects.toMatchObject({ code: "not_found", status: 404 });
  });

  it("sends the default model, and no field of the transport", async () => {
    const rill = world.rill({ transport, model: "small" });
    rill.ask({ input: "?", stream: true, stream_options: {} });
    const other = rill.ask({ input: "?", model: "large", user_field: 1 });
    await world.clock.until(other.done, 10_000);
    const sent = [...world.server.responses.values()].map((response) => response.request);
    const stream = transport === "http" ? { stream: true } : {};
    expect(sent).toEqual([
      { input: "?", model: "small", ...stream },
      { input: "?", model: "large", user_field: 1, ...stream },
    ]);
  });

  it("is the same response for the same key", async () => {
    const rill = world.rill({ transport });
    const [one, two] = ["k", "k"].map((idempotencyKey) => rill.ask({ input: "?" }, { idempotencyKey }));
    const three = rill.ask({ input: "?" });
    await world.clock.until(Promise.all([one?.done, two?.done, three.done]), 10_000);
    expect(two?.id).toBe(one?.id);
    expect(world.server.responses.size).toBe(2);
  });
});
