import { beforeEach, describe, expect, it } from "vitest";
import type { Answer, Rill } from "../src/index.js";
import { settle } from "./clock.js";
import { type FakeResponse, json, type Received } from "./server.js";
import { World } from "./world.js";

let world: World;
let rill: Rill;

beforeEach(() => {
  world = new World();
  rill = world.rill({ transport: "http" });
});

async function running(): Promise<{ answer: Answer; response: FakeResponse }> {
  world.server.play = () => {};
  const answer = rill.ask({ input: "?" });
  await world.clock.pass(100);
  const { response } = world.server;
  response.emitState("in_progress");
  response.delta("one ");
  await world.clock.pass(100);
  expect(answer.text).toBe("one ");
  return { answer, response };
}

function isStream(request: Received): boolean {
  return request.path.includes("stream=true") || request.body?.stream === true;
}

/** A JSON answer whose body never ends. */
function unfinished(): Response {
  return new Response(new ReadableStream({}), { headers: { "content-type": "application/json" } });
}

/** A stream that has this text, and ends or is cut. */
function streamOf(text: string, cut = false): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (!cut) {
        controller.close();
      }
    },
    pull(controller) {
      controller.error(new Error("cut"));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function paths(): string[] {
  return world.server.requests.map((request) => `${request.method} ${request.path}`);
}

describe("an answer over HTTP", () => {
  it("is asked for with a key and the type of its body", async () => {
    const answer = rill.ask({ input: "?" }, { idempotencyKey: "key" });
    await world.clock.until(answer.done, 10_000);
    expect(world.server.requests).toMatchObject([
      {
        method: "POST",
        path: "/v1/responses",
        headers: { "content-type": "application/json", "idempotency-key": "key" },
        body: { input: "?", stream: true },
      },
    ]);
    expect(world.server.handshakes).toEqual([]);
  });

  it("asks for a token with each request", async () => {
    world.server.tokens = new Set(["1", "2"]);
    let asked = 0;
    rill = world.rill({ transport: "http", token: () => String(++asked) });
    const { answer, response } = await running();
    world.server.cut();
    await world.clock.pass(1_000);
    response.end();
    await world.clock.until(answer.done, 10_000);
    expect(world.server.requests.map((request) => request.headers.authorization)).toEqual(["Bearer 1", "Bearer 2"]);
  });

  it("is resumed within half a second after a cut, from its last event on", async () => {
    const { answer, response } = await running();
    world.server.cut();
    response.delta("two");
    await world.clock.pass(500);
    expect(paths()).toEqual(["POST /v1/responses", `GET /v1/responses/${answer.id}?stream=true&starting_after=2`]);
    expect(answer).toMatchObject({ text: "one two", resumes: 1 });
    response.end();
    await world.clock.until(answer.done, 10_000);
  });

  it("is resumed after a stream that ends without its end", async () => {
    const { answer, response } = await running();
    world.server.intercept = () =>
      new Response(": keep-alive\n\n", { headers: { "content-type": "text/event-stream" } });
    world.server.cut();
    await world.clock.pass(5_000);
    world.server.intercept = () => undefined;
    response.end();
    await world.clock.until(answer.done, 10_000);
    expect(answer.text).toBe("one ");
  });

  it.each([
    ["end", ""],
    ["are cut", ""],
    ["end after a piece of an event", 'data: {"type":"resp'],
    ["are a page of a network's login", "<html>\n\n<p>Who are you?</p>\n\n</html>\n"],
  ])("fails after two minutes of streams that %s, once it has ended", async (how, text) => {
    const { answer, response } = await running();
    response.end();
    world.server.intercept = (request) => (isStream(request) ? streamOf(text, how === "are cut") : undefined);
    world.server.cut();
    await world.clock.pass(115_000);
    expect(answer.error).toBeUndefined();
    await expect(world.clock.until(answer.done, 60_000)).rejects.toMatchObject({ code: "unreachable", status: 0 });
    await world.clock.pass(600_000);
    expect(world.clock.pending).toBe(0);
  });

  it.each(["end", "are cut"])("goes on by streams that %s after a comment line, if the model thinks", async (how) => {
    const { answer, response } = await running();
    // The status is no help either.
    world.server.intercept = (request) =>
      isStream(request) ? streamOf(": keep-alive\n", how === "are cut") : new Response("", { status: 502 });
    world.server.cut();
    await world.clock.pass(900_000);
    expect(paths().every((path) => path.startsWith("POST") || path.includes("stream=true"))).toBe(true);
    world.server.intercept = () => undefined;
    response.end();
    await world.clock.until(answer.done, 60_000);
  });

  it.each(["end", "are cut"])("goes on by streams that %s at once, if the model thinks", async (how) => {
    const { answer, response } = await running();
    world.server.intercept = (request) => (isStream(request) ? streamOf("", how === "are cut") : undefined);
    world.server.cut();
    await world.clock.pass(900_000);
    expect(answer.error).toBeUndefined();
    world.server.intercept = () => undefined;
    response.end();
    await world.clock.until(answer.done, 60_000);
    expect(answer.text).toBe("one ");
  });

  it("fails after two minutes of streams that end before its first event", async () => {
    world.server.intercept = () => streamOf("");
    const answer = rill.ask({ input: "?" });
    await expect(world.clock.until(answer.done, 160_000)).rejects.toMatchObject({ code: "unreachable" });
  });

  it("takes no event after its end, even if it has come", async () => {
    const probe = await wholeStream();
    world.server.intercept = () => streamOf(probe);
    const answer = rill.ask({ input: "?" });
    const events: unknown[] = [];
    answer.on("event", (event) => {
      events.push(event);
      rill.close();
    });
    await expect(world.clock.until(answer.done, 1_000)).rejects.toMatchObject({ code: "closed" });
    await world.clock.pass(1_000);
    expect(events).toHaveLength(1);
    expect(answer).toMatchObject({ status: "failed", error: { code: "closed" }, lastSequence: 0 });
  });

  it("is resumed again after a request that gets no answer", async () => {
    const { answer, response } = await running();
    world.server.hangs = (request) => request.method === "GET";
    world.server.cut();
    await world.clock.pass(50_000);
    expect(world.server.requests[1]).toMatchObject({ method: "GET", aborted: true });
    world.server.hangs = () => false;
    response.end();
    await world.clock.until(answer.done, 50_000);
  });

  it("waits for a model that is long in accepting the request", async () => {
    world.server.hangs = () => true;
    rill.ask({ input: "?" }, { idempotencyKey: "key" });
    await world.clock.pass(899_000);
    expect(world.server.requests).toMatchObject([{ method: "POST", aborted: false }]);
    // No function runs for longer than 15 minutes.
    await world.clock.pass(10_000);
    const headers = { "idempotency-key": "key" };
    expect(world.server.requests).toMatchObject([{ aborted: true }, { headers, aborted: false }]);
    rill.close();
    expect(world.server.requests).toMatchObject([{}, { aborted: true }]);
    await settle();
    expect(world.clock.pending).toBe(0);
  });

  it("is resumed after a stream that is silent", async () => {
    const { answer, response } = await running();
    response.readers.clear();
    await world.clock.pass(46_000);
    expect(answer.resumes).toBe(1);
    expect(world.server.streams).toBe(1);
    response.end();
    await world.clock.until(answer.done, 1_000);
  });

  it("is asked for again with the same key after an unknown outcome", async () => {
    let failures = 2;
    world.server.intercept = (request) => {
      if (failures-- > 0) {
        world.server.create(request.headers["idempotency-key"] ?? "", request.body ?? {}, true);
        throw new TypeError("fetch failed");
      }
      return undefined;
    };
    const answer = rill.ask({ input: "?" });
    await world.clock.until(answer.done, 10_000);
    expect(paths()).toEqual(["POST /v1/responses", "POST /v1/responses", "POST /v1/responses"]);
    expect(world.server.responses.size).toBe(1);
  });

  it("is found after a repeat of a request that was not stored", async () => {
    let failures = 1;
    world.server.intercept = (request) => {
      if (failures-- > 0) {
        world.server.create(request.headers["idempotency-key"] ?? "", request.body ?? {}, true)?.end();
        throw new TypeError("fetch failed");
      }
      return undefined;
    };
    world.server.play = () => {};
    const answer = rill.ask({ input: "?", store: false });
    await world.clock.until(answer.done, 10_000);
    expect(answer.id).toBe(world.server.response.id);
  });

  it.each([
    [504, "response_unfinished"],
    [503, "authentication_unavailable"],
    [502, undefined],
  ])("is asked for again after status %i %s", async (status, code) => {
    let failures = 2;
    world.server.intercept = () =>
      failures-- > 0 ? (code ? json({ error: { code } }, status) : new Response("<html>", { status })) : undefined;
    const answer = rill.ask({ input: "?" });
    await world.clock.until(answer.done, 10_000);
    expect(world.server.requests).toHaveLength(3);
  });

  it.each([
    [400, "invalid_value"],
    [401, "invalid_credentials"],
    [413, undefined],
    [429, "too_many_requests"],
    [429, undefined],
    [502, "model_unreachable"],
  ])("is refused at once by status %i %s", async (status, code) => {
    world.server.intercept = () =>
      json(code ? { error: { code, message: "No.", param: "input", type: "some_error" } } : "", status, {
        "retry-after": "3",
      });
    const answer = rill.ask({ input: "?" });
    await expect(world.clock.until(answer.done, 100)).rejects.toMatchObject({
      status,
      code: code ?? `http_${status}`,
      param: code ? "input" : null,
      retryAfter: 3,
    });
    await world.clock.pass(600_000);
    expect(world.server.requests).toHaveLength(1);
  });

  it("ends by a proxy's error whose fields are no texts", async () => {
    world.server.intercept = () => json({ error: { code: 403, message: { text: "No." }, type: 1, param: [] } }, 403);
    const answer = rill.ask({ input: "?" });
    await expect(world.clock.until(answer.done, 100)).rejects.toMatchObject({ status: 403, code: "http_403" });
  });

  it("waits with its resume as long as a refusal says", async () => {
    const { answer, response } = await running();
    world.server.refusal = { status: 429, code: "too_many_requests", retryAfter: 20 };
    world.server.cut();
    await world.clock.pass(20_000);
    expect(world.server.requests).toHaveLength(2);
    world.server.refusal = undefined;
    response.end();
    await world.clock.until(answer.done, 10_000);
    expect(world.server.requests).toHaveLength(3);
  });

  it("fails after two minutes without the server, not counting time offline", async () => {
    const { answer } = await running();
    world.surroundings.signal("offline");
    world.server.up = false;
    world.server.cut();
    await world.clock.pass(3_600_000);
    expect(answer.error).toBeUndefined();
    world.surroundings.signal("online");
    await world.clock.pass(100_000);
    expect(answer.error).toBeUndefined();
    await expect(world.clock.until(answer.done, 100_000)).rejects.toMatchObject({ code: "unreachable" });
  });

  it("counts a resume when a stream goes on, not each try", async () => {
    const { answer, response } = await running();
    world.server.up = false;
    world.server.cut();
    await world.clock.pass(30_000);
    expect(answer.resumes).toBe(0);
    world.server.up = true;
    await world.clock.pass(30_000);
    expect(answer.resumes).toBe(1);
    response.end();
    await world.clock.until(answer.done, 10_000);
    expect(answer.resumes).toBe(1);
  });

  it("is tried again at once when the device is online", async () => {
    const { answer, response } = await running();
    world.server.up = false;
    world.surroundings.signal("offline");
    world.server.cut();
    await world.clock.pass(300_000);
    world.server.up = true;
    response.end();
    world.surroundings.signal("online");
    await world.clock.until(answer.done, 100);
  });

  it("is not given up for the time that the machine slept", async () => {
    const { answer, response } = await running();
    world.server.up = false;
    world.server.cut();
    await world.clock.pass(10_000);
    world.clock.sleep(3_600_000);
    await world.clock.pass(20_000);
    expect(answer.error).toBeUndefined();
    world.server.up = true;
    response.end();
    await world.clock.until(answer.done, 60_000);
  });

  it("is cancelled again if the first cancel was lost", async () => {
    const { answer, response } = await running();
    world.server.up = false;
    answer.stop();
    world.server.cut();
    await world.clock.pass(3_000);
    expect(response.cancelled).toBe(false);
    world.server.up = true;
    await world.clock.pass(10_000);
    expect(response.cancelled).toBe(true);
    response.end("cancelled");
    await world.clock.until(answer.done, 10_000);
  });

  it.each([429, 500, 503, undefined])("is cancelled again after status %s", async (status) => {
    const { answer, response } = await running();
    let refusals = 2;
    world.server.intercept = (request) => {
      if (!request.path.endsWith("/cancel") || refusals-- <= 0) {
        return undefined;
      }
      if (status === undefined) {
        throw new TypeError("fetch failed");
      }
      return json({ error: { code: "too_many_requests" } }, status);
    };
    answer.stop();
    await world.clock.pass(100);
    expect(response.cancelled).toBe(false);
    await world.clock.pass(20_000);
    expect(response.cancelled).toBe(true);
    response.end("cancelled");
    await world.clock.until(answer.done, 10_000);
    expect(paths().filter((path) => path.endsWith("/cancel"))).toHaveLength(3);
    await world.clock.pass(100);
    expect(world.clock.pending).toBe(0);
  });

  it("is cancelled once if it has ended meanwhile", async () => {
    const { answer, response } = await running();
    world.server.intercept = (request) => (request.path.endsWith("/cancel") ? json({}, 404) : undefined);
    answer.stop();
    await world.clock.pass(30_000);
    response.end();
    await world.clock.until(answer.done, 10_000);
    expect(paths().filter((path) => path.endsWith("/cancel"))).toHaveLength(1);
  });

  it("is not given up while the server says that it runs, though no stream gets through", async () => {
    const { answer, response } = await running();
    world.server.intercept = (request) => {
      if (isStream(request)) {
        throw new TypeError("fetch failed");
      }
      return undefined;
    };
    world.server.cut();
    await world.clock.pass(3_600_000);
    expect(answer.error).toBeUndefined();
    expect(answer.resumes).toBe(0);
    response.end();
    world.server.intercept = () => undefined;
    await world.clock.until(answer.done, 60_000);
    expect(answer).toMatchObject({ text: "one ", resumes: 1 });
  });

  it("is given up though the body of its status never comes", async () => {
    const { answer } = await running();
    world.server.intercept = (request) => {
      if (isStream(request)) {
        throw new TypeError("fetch failed");
      }
      return unfinished();
    };
    world.server.cut();
    await expect(world.clock.until(answer.done, 240_000)).rejects.toMatchObject({ code: "unreachable" });
  });

  it("is asked for again after an answer whose body was cut", async () => {
    let failures = 2;
    world.server.intercept = () => {
      const body = streamOf('{"id": "resp_', true).body;
      return failures-- > 0 ? new Response(body, { headers: { "content-type": "application/json" } }) : undefined;
    };
    const answer = rill.ask({ input: "?" }, { idempotencyKey: "key" });
    await world.clock.until(answer.done, 60_000);
    expect(world.server.requests).toHaveLength(3);
    expect(world.server.requests).toMatchObject(Array(3).fill({ headers: { "idempotency-key": "key" } }));
  });

  it("is not given up for the time that the machine slept amid a request", async () => {
    const { answer, response } = await running();
    world.server.up = false;
    world.server.cut();
    await world.clock.pass(10_000);
    world.server.hangs = () => true;
    await world.clock.pass(20_000);
    expect(world.server.requests.at(-1)?.aborted).toBe(false);
    world.clock.sleep(3_600_000);
    await world.clock.pass(1_000);
    expect(answer.error).toBeUndefined();
    world.server.hangs = () => false;
    world.server.up = true;
    response.end();
    await world.clock.until(answer.done, 100_000);
  });

  it("is resumed at once as often as a proxy cuts a stream of comment lines", async () => {
    const { answer, response } = await running();
    response.readers.clear();
    let at = world.clock.now();
    world.server.intercept = (request) => {
      if (!isStream(request)) {
        return undefined;
      }
      expect(world.clock.now() - at).toBeLessThan(1_000);
      let controller!: ReadableStreamDefaultController<Uint8Array>;
      const body = new ReadableStream<Uint8Array>({
        start: (given) => {
          controller = given;
        },
      });
      const say = () => controller.enqueue(new TextEncoder().encode(": keep-alive\n\n"));
      for (const after of [14_000, 28_000]) {
        world.clock.setTimeout(say, after);
      }
      world.clock.setTimeout(() => {
        at = world.clock.now();
        controller.error(new Error("cut"));
      }, 30_000);
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
    at = world.clock.now();
    world.server.cut();
    await world.clock.pass(300_000);
    expect(answer.resumes).toBeGreaterThan(8);
    expect(answer.error).toBeUndefined();
  });

  it("counts no resume before it had a stream", async () => {
    const { response } = await running();
    world.server.up = false;
    const reader = rill.resume(response.id);
    await world.clock.pass(10_000);
    world.server.up = true;
    response.end();
    await world.clock.until(reader.done, 60_000);
    expect(reader).toMatchObject({ text: "one ", resumes: 0 });
  });

  it.each(["../usage", "a/b", "a?b", ""])("is not read by '%s', which is no id", async (id) => {
    const answer = rill.resume(id);
    await expect(world.clock.until(answer.done, 100)).rejects.toMatchObject({ code: "invalid_response_id" });
    expect(world.server.requests).toEqual([]);
  });

  it("stops nothing if it was to be read under a signal that was aborted before", async () => {
    const { response } = await running();
    const reader = rill.resume(response.id, { signal: AbortSignal.abort() });
    await expect(world.clock.until(reader.done, 100)).rejects.toMatchObject({ code: "stopped" });
    expect(response.cancelled).toBe(false);
  });

  it("is asked over the transport of the call", async () => {
    const answer = rill.ask({ input: "?" }, { transport: "websocket" });
    await world.clock.until(answer.done, 10_000);
    expect(answer.transport).toBe("websocket");
    expect(world.server.requests).toEqual([]);
  });

  it.each([{ token: "a\nb" }, { token: "キー" }])("says that a header can't carry %j", async (options) => {
    for (const transport of ["http", "websocket"] as const) {
      const answer = world.rill({ ...options, transport }).ask({ input: "?" });
      await expect(world.clock.until(answer.done, 100)).rejects.toMatchObject({ code: "invalid_header" });
    }
    expect(world.server.requests).toEqual([]);
  });

  it("leaves no request behind", async () => {
    const { answer } = await running();
    rill.close();
    await expect(answer.done).rejects.toMatchObject({ code: "closed" });
    expect(world.server.response.readers.size).toBe(0);
    await world.clock.pass(100);
    expect(world.clock.pending).toBe(0);
  });

  it("leaves no timer behind while it waits", async () => {
    const { answer } = await running();
    world.server.up = false;
    world.server.cut();
    await world.clock.pass(5_000);
    rill.close();
    await expect(answer.done).rejects.toMatchObject({ code: "closed" });
    expect(world.clock.pending).toBe(0);
  });

  it("survives a stream that is cut at every byte", { timeout: 60_000 }, async () => {
    const length = new TextEncoder().encode(await wholeStream()).length;
    for (let at = 0; at < length; at++) {
      world = new World();
      rill = world.rill({ transport: "http" });
      world.server.play = () => {};
      const answer = rill.ask({ input: "?" });
      const numbers: number[] = [];
      answer.on("event", (event) => numbers.push(event.sequence_number));
      world.server.split = splitting(at, () => world.server.cutStreams());
      await world.clock.pass(10);
      playFlood(world.server.response);
      await world.clock.until(answer.done, 10_000);
      expect(answer.text, `cut at byte ${at}`).toBe(TEXT);
      expect(numbers, `cut at byte ${at}`).toEqual([0, 1, 2, 3]);
    }
  });

  it("survives a stream whose pieces end at every byte", async () => {
    world.server.split = (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte));
    world.server.play = playFlood;
    const answer = rill.ask({ input: "?" });
    await world.clock.until(answer.done, 60_000);
    expect(answer.text).toBe(TEXT);
  });

  it("fails if it can't be read at all", async () => {
    world.server.intercept = () => new Response(null, { headers: { "content-type": "text/event-stream" } });
    const answer = rill.ask({ input: "?" });
    await expect(world.clock.until(answer.done, 300_000)).rejects.toMatchObject({ code: "unexpected" });
  });
});

const TEXT = "Flüße 🌊 日本";

function playFlood(response: FakeResponse): void {
  response.emitState("in_progress");
  response.delta(TEXT);
  response.end();
}

async function wholeStream(): Promise<string> {
  const probe = new World();
  probe.server.play = playFlood;
  const posted = probe.server.fetch("https://rill.test/v1/responses", {
    method: "POST",
    headers: { "idempotency-key": "k" },
    body: '{"input":"?","stream":true}',
  });
  await probe.clock.pass(10);
  const text = (await posted).text();
  await probe.clock.pass(100);
  return text;
}

/** Lets so many bytes of the first stream through, then cuts it. */
function splitting(at: number, cut: () => void): (bytes: Uint8Array) => Uint8Array[] {
  let left = at;
  return (bytes) => {
    if (left < 0) {
      return [bytes];
    }
    const through = bytes.slice(0, left);
    left -= bytes.length;
    if (left < 0) {
      world.server.later(cut);
    }
    return [through];
  };
}
