import { beforeEach, describe, expect, it } from "vitest";
import type { Answer, ConnectionState, Rill } from "../src/index.js";
import { settle } from "./clock.js";
import { type FakeResponse, json, messageOf } from "./server.js";
import { World } from "./world.js";

let world: World;

beforeEach(() => {
  world = new World();
});

/** Asks, and lets the answer come as far as its first delta. */
async function running(rill: Rill): Promise<{ answer: Answer; response: FakeResponse }> {
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

async function finish(answer: Answer, response: FakeResponse): Promise<void> {
  response.delta("two");
  response.end();
  await world.clock.until(answer.done, 60_000);
  expect(answer.text).toBe("one two");
}

describe("one socket", () => {
  it("carries many answers, each with a stream id of its own", async () => {
    const rill = world.rill();
    const answers = ["a", "b", "c"].map((input) => rill.ask({ input }));
    await world.clock.until(Promise.all(answers.map((answer) => answer.done)), 10_000);
    expect(world.server.sockets).toHaveLength(1);
    const creates = world.server.socket.ofType("response.create");
    expect(new Set(creates.map((create) => create.stream_id)).size).toBe(3);
    expect(new Set(creates.map((create) => create.event_id)).size).toBe(3);
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(3);
  });

  it("is opened by the first answer, with the protocol rill.v1", async () => {
    const rill = world.rill({ url: "https://rill.test/stage/v1/" });
    const states: ConnectionState[] = [rill.connection];
    rill.on("connection", (state) => states.push(state));
    await world.clock.pass(1_000);
    expect(world.server.handshakes).toEqual([]);
    await world.clock.until(rill.ask({ input: "?" }).done, 10_000);
    expect(world.server.handshakes[0]?.url.href).toBe("wss://rill.test/stage/v1/responses");
    expect(world.server.handshakes[0]?.protocols).toEqual(["rill.v1"]);
    expect(states).toEqual(["idle", "connecting", "open"]);
  });

  it("is closed by the server without a word while nothing runs", async () => {
    const rill = world.rill();
    await world.clock.until(rill.ask({ input: "?" }).done, 10_000);
    world.server.cut();
    await world.clock.pass(600_000);
    expect(rill.connection).toBe("idle");
    expect(world.server.handshakes).toHaveLength(1);
    await world.clock.until(rill.ask({ input: "?" }).done, 10_000);
    expect(world.server.handshakes).toHaveLength(2);
  });

  it("has its own URL where one is given", async () => {
    const rill = world.rill({ socketUrl: "https://sockets.test/prod" });
    await world.clock.until(rill.ask({ input: "?" }).done, 10_000);
    expect(world.server.handshakes[0]?.url.href).toBe("wss://sockets.test/prod");
  });
});

describe("a lost socket", () => {
  it("is replaced, and the answer resumed after its last event", async () => {
    const rill = world.rill();
    const { answer, response } = await running(rill);
    world.server.cut();
    expect(rill.connection).toBe("waiting");
    response.delta("two ");
    await world.clock.pass(2_000);
    const [resume] = world.server.socket.ofType("rill:response.resume");
    expect(resume).toMatchObject({ response_id: answer.id, starting_after: 3 });
    expect(answer).toMatchObject({ text: "one two ", resumes: 1 });
    response.end();
    await world.clock.until(answer.done, 10_000);
  });

  it("repeats a request that has no answer yet, with its key", async () => {
    const rill = world.rill();
    world.server.deliver = () => {};
    const answer = rill.ask({ input: "?" });
    await world.clock.pass(20);
    const [first] = world.server.socket.ofType("response.create");
    world.server.cut();
    world.server.deliver = (socket, message) => socket.push(message);
    await world.clock.until(answer.done, 60_000);
    expect(world.server.socket.ofType("response.create")).toEqual([first]);
    expect(world.server.responses.size).toBe(1);
    expect(answer.resumes).toBe(0);
  });

  it("repeats a request that gets no answer on a living socket", async () => {
    const rill = world.rill();
    let lost = 2;
    world.server.deliver = (socket, message) => lost-- <= 0 && socket.push(message);
    const answer = rill.ask({ input: "?" });
    await world.clock.until(answer.done, 120_000);
    expect(world.server.responses.size).toBe(1);
    expect(world.server.sockets).toHaveLength(1);
  });

  it("finds the response of a repeat that was not stored", async () => {
    const rill = world.rill();
    world.server.deliver = () => {};
    const answer = rill.ask({ input: "?", store: false });
    await world.clock.pass(1_000);
    expect(world.server.response.ended).toBe(true);
    world.server.cut();
    world.server.deliver = (socket, message) => socket.push(message);
    await world.clock.until(answer.done, 60_000);
    expect(answer).toMatchObject({ text: "Rivers form slowly.", id: world.server.response.id });
  });

  it("is noticed though nothing tells of it", async () => {
    const { answer, response } = await running(world.rill());
    world.server.socket.dead = true;
    response.delta("two ");
    await world.clock.pass(30_000);
    expect(world.server.handshakes).toHaveLength(2);
    expect(answer.text).toBe("one two ");
    response.end();
    await world.clock.until(answer.done, 10_000);
  });

  it("is noticed at once when the page is shown, and after sleep", async () => {
    for (const wake of [
      () => world.surroundings.signal("shown"),
      () => {
        world.clock.sleep(600_000);
        world.surroundings.signal("shown");
      },
      () => world.clock.sleep(600_000),
    ]) {
      world = new World();
      const { answer, response } = await running(world.rill());
      world.server.socket.dead = true;
      response.delta("two ");
      wake();
      await world.clock.pass(8_000);
      expect(answer.text).toBe("one two ");
    }
  });

  it("waits while the device is offline, however long", async () => {
    const rill = world.rill();
    const { answer, response } = await running(rill);
    world.server.up = false;
    world.server.cut();
    world.surroundings.signal("offline");
    expect(rill.connection).toBe("offline");
    await world.clock.pass(3_600_000);
    expect(rill.connection).toBe("offline");
    expect(answer.error).toBeUndefined();
    world.server.up = true;
    world.surroundings.signal("online");
    await world.clock.pass(1_000);
    expect(rill.connection).toBe("open");
    await finish(answer, response);
  });

  it("fails the answers after two minutes without the server", async () => {
    const rill = world.rill();
    const { answer } = await running(rill);
    world.server.up = false;
    world.server.cut();
    await expect(world.clock.until(answer.done, 240_000)).rejects.toMatchObject({ code: "unreachable", status: 0 });
    expect(rill.connection).toBe("idle");
    world.server.up = true;
    world.server.play = (response) => world.server.playText(response, "again");
    const again = rill.ask({ input: "?" });
    await world.clock.until(again.done, 10_000);
    expect(again.text).toBe("again");
  });

  it("passes a stop on: over HTTP now, and on the next socket", async () => {
    const { answer, response } = await running(world.rill());
    world.server.cut();
    world.server.intercept = (request) => (request.path.endsWith("/cancel") ? json({}, 503) : undefined);
    answer.stop();
    await world.clock.pass(2_000);
    expect(world.server.requests.map((request) => request.path)).toContain(`/v1/responses/${answer.id}/cancel`);
    expect(world.server.socket.received.map((message) => message.type)).toEqual([
      "rill:ping",
      "rill:response.resume",
      "response.cancel",
    ]);
    expect(response.cancelled).toBe(true);
    response.end("cancelled");
    expect((await world.clock.until(answer.done, 10_000)).status).toBe("cancelled");
  });

  it.each([
    [429, "too_many_requests"],
    [500, "internal_error"],
  ])("passes a stop on again after an error %i", async (status, code) => {
    const { answer, response } = await running(world.rill());
    const { receive } = world.server;
    let refusals = 2;
    world.server.receive = (socket, message) => {
      if (message.type === "response.cancel" && refusals-- > 0) {
        world.server.error(socket, message, status, code);
      } else {
        receive.call(world.server, socket, message);
      }
    };
    answer.stop();
    await world.clock.pass(100);
    expect(response.cancelled).toBe(false);
    await world.clock.pass(20_000);
    expect(response.cancelled).toBe(true);
    response.end("cancelled");
    await world.clock.until(answer.done, 10_000);
    expect(world.server.socket.ofType("response.cancel")).toHaveLength(3);
  });

  it("passes a stop on with a fresh token", async () => {
    let token = "old";
    world.server.tokens = new Set([token]);
    const { answer, response } = await running(world.rill({ token: () => token }));
    const { receive } = world.server;
    world.server.receive = (socket, message) => {
      if (message.type === "response.cancel" && token === "old") {
        token = "new";
        world.server.tokens = new Set([token]);
        world.server.error(socket, message, 401, "authentication_expired");
      } else {
        receive.call(world.server, socket, message);
      }
    };
    answer.stop();
    await world.clock.pass(20_000);
    expect(response.cancelled).toBe(true);
    response.end("cancelled");
    await world.clock.until(answer.done, 10_000);
    expect(world.server.sockets).toHaveLength(1);
  });

  it("is tried again if the body of a ticket never comes", async () => {
    world.server.tokens = new Set(["token"]);
    let failures = 1;
    world.server.intercept = (request) =>
      request.path === "/v1/tickets" && failures-- > 0 ? new Response(new ReadableStream({})) : undefined;
    const answer = world.rill({ token: "token" }).ask({ input: "?" });
    await world.clock.until(answer.done, 60_000);
    expect(answer.transport).toBe("websocket");
  });

  it("is known to have failed where the runtime tells an error and no close", async () => {
    world.server.socketsPass = false;
    world.server.refuse = (socket) => socket.fail();
    const answer = world.rill().ask({ input: "?" });
    // Three tries, with pauses of 1.5 and 3 s.
    await world.clock.until(answer.done, 6_000);
    expect(answer.transport).toBe("http");
  });

  it("is asked once for each error of the server", async () => {
    world.server.play = () => {};
    const answer = world.rill().ask({ input: "?" });
    await world.clock.pass(100);
    const { socket } = world.server;
    const { stream_id } = socket.ofType("response.create")[0] ?? {};
    world.server.error(socket, { stream_id }, 503, "internal_error");
    world.server.error(socket, { stream_id }, 503, "internal_error");
    await world.clock.pass(20_000);
    expect(socket.ofType("rill:response.resume")).toHaveLength(1);
    world.server.response.end();
    await world.clock.until(answer.done, 10_000);
    expect(world.clock.pending).toBeLessThan(2);
  });

  it("is replaced when the server has forgotten it", async () => {
    const { answer, response } = await running(world.rill());
    const old = world.server.socket;
    world.server.error(old, { stream_id: "answer-1" }, 401, "connection_expired");
    await world.clock.pass(3_000);
    expect(old.readyState).toBe(3);
    expect(world.server.open).toHaveLength(1);
    await finish(answer, response);
  });
});

describe("events", () => {
  it("that are missing are asked for once", async () => {
    const { answer, response } = await running(world.rill());
    const { deliver } = world.server;
    world.server.deliver = () => {};
    response.delta("two ");
    world.server.deliver = deliver;
    response.delta("three ");
    response.delta("four");
    await world.clock.pass(100);
    expect(world.server.socket.ofType("rill:response.resume")).toHaveLength(1);
    expect(answer).toMatchObject({ text: "one two three four", resumes: 1 });
  });

  it("that are missing again on the next socket are asked for again", async () => {
    const { answer, response } = await running(world.rill());
    let losses = 2;
    world.server.deliver = (socket, message) =>
      message.sequence_number === 4 && losses-- > 0 ? undefined : socket.push(message);
    response.delta("two ");
    response.delta("three");
    await world.clock.pass(7);
    world.server.cut();
    await world.clock.pass(3_000);
    expect(answer).toMatchObject({ text: "one two three", resumes: 3 });
  });

  it("that come twice are dropped", async () => {
    world.server.deliver = (socket, message) => {
      socket.push(message);
      socket.push(message);
    };
    const answer = world.rill().ask({ input: "?" });
    const numbers: number[] = [];
    answer.on("event", (event) => numbers.push(event.sequence_number));
    await world.clock.until(answer.done, 10_000);
    expect(numbers).toEqual(world.server.response.log.map((event) => event.sequence_number));
  });

  it("have no fields of the socket", async () => {
    world.server.deliver = (socket, message) => socket.push({ ...message, authenticated_until: 2_000_000_000 });
    const answer = world.rill().ask({ input: "?" });
    const events: object[] = [];
    answer.on("event", (event) => events.push(event));
    await world.clock.until(answer.done, 10_000);
    expect(events).toEqual(world.server.response.log);
  });

  it("that don't come for half a minute are asked for again", async () => {
    const { answer, response } = await running(world.rill());
    await world.clock.pass(95_000);
    expect(world.server.socket.ofType("rill:response.resume")).toHaveLength(3);
    expect(answer.resumes).toBe(0);
    await finish(answer, response);
  });

  it("that are too large for a message are read over HTTP", async () => {
    const { answer, response } = await running(world.rill());
    world.server.deliver = (socket, message) => socket.push({ ...message, "rill:omitted": ["/response/output"] });
    response.emit("response.output_item.done", { output_index: 0, item: messageOf("one two") });
    response.delta("two");
    response.end();
    const items: unknown[] = [];
    answer.on("event", (event) => items.push(event));
    await world.clock.until(answer.done, 10_000);
    expect(items).toEqual(response.log.slice(4));
    expect(answer).toMatchObject({ text: "one two", transport: "http" });
  });

  it.each([
    ["response_too_large", 413],
    ["superseded", 409],
  ])("that end in %s are read over HTTP", async (code, status) => {
    const { answer, response } = await running(world.rill());
    world.server.deliver = () => {};
    world.server.error(world.server.socket, { stream_id: "answer-1" }, status, code);
    await world.clock.pass(100);
    expect(answer).toMatchObject({ transport: "http", resumes: 1 });
    await finish(answer, response);
  });

  it("may be of a kind that no one knows", async () => {
    const { answer, response } = await running(world.rill());
    world.server.socket.push({ type: "rill:news", text: "?" });
    world.server.socket.push({ type: "error", status: 400, error: { code: "odd", message: "Odd." } });
    world.server.socket.push({ type: "response.done", stream_id: "answer-99", sequence_number: 0 });
    world.server.later(() => world.server.socket.onmessage?.({ data: "no JSON" }));
    world.server.later(() => world.server.socket.onmessage?.({ data: new ArrayBuffer(1) }));
    response.emit("response.other.delta", { delta: "?" });
    await finish(answer, response);
    expect(answer.lastSequence).toBe(response.last);
  });
});

describe("a request", () => {
  it("over 32 KB goes over HTTP", async () => {
    const rill = world.rill();
    const [small, large] = ["ü".repeat(15_000), "ü".repeat(16_400)].map((input) => rill.ask({ input }));
    expect([small?.transport, large?.transport]).toEqual(["websocket", "http"]);
    await world.clock.until(Promise.all([small?.done, large?.done]), 10_000);
  });

  it("in the background goes over HTTP", async () => {
    const answer = world.rill().ask({ input: "?", background: true });
    await world.clock.until(answer.done, 10_000);
    expect(answer.transport).toBe("http");
    expect(world.server.requests[0]?.body).toEqual({ input: "?", background: true, stream: true });
    expect(answer.status).toBe("completed");
  });

  it("is repeated a few times after errors of the server", async () => {
    const { receive } = world.server;
    let failures = 3;
    world.server.receive = (socket, message) =>
      message.type === "response.create" && failures-- > 0
        ? world.server.error(socket, message, 500, "server_error")
        : receive.call(world.server, socket, message);
    const rill = world.rill();
    await world.clock.until(rill.ask({ input: "?" }).done, 60_000);
    failures = 100;
    const answer = rill.ask({ input: "?" });
    await expect(world.clock.until(answer.done, 60_000)).rejects.toMatchObject({ code: "server_error", status: 500 });
    expect(100 - failures).toBe(5);
  });

  it("goes over HTTP where the runtime has no WebSocket", async () => {
    const saved = globalThis.WebSocket;
    Reflect.deleteProperty(globalThis, "WebSocket");
    const rill = world.rill({ WebSocket: undefined });
    globalThis.WebSocket = saved;
    const answer = rill.ask({ input: "?" }, { transport: "websocket" });
    expect(answer.transport).toBe("http");
    await world.clock.until(answer.done, 10_000);
  });
});

describe("where sockets don't get through", () => {
  it("answers go over HTTP, and over a socket again later", async () => {
    world.server.socketsPass = false;
    const rill = world.rill();
    const states: ConnectionState[] = [];
    rill.on("connection", (state) => states.push(state));
    const first = rill.ask({ input: "?" });
    await world.clock.until(first.done, 60_000);
    expect(first).toMatchObject({ transport: "http", text: "Rivers form slowly." });
    expect(rill.connection).toBe("http");
    const second = rill.ask({ input: "?" });
    expect(second.transport).toBe("http");
    await world.clock.until(second.done, 10_000);
    expect(world.server.handshakes).toHaveLength(3);
    world.server.socketsPass = true;
    await world.clock.pass(70_000);
    const third = rill.ask({ input: "?" });
    expect(third.transport).toBe("http");
    await world.clock.until(third.done, 10_000);
    expect(rill.connection).toBe("open");
    const fourth = rill.ask({ input: "?" });
    await world.clock.until(fourth.done, 10_000);
    expect(fourth.transport).toBe("websocket");
    expect(states).toEqual(["connecting", "waiting", "connecting", "waiting", "connecting", "http", "open"]);
  });

  it("a running answer goes on over HTTP", async () => {
    const { answer, response } = await running(world.rill());
    world.server.socketsPass = false;
    world.server.cut();
    await world.clock.pass(60_000);
    expect(answer).toMatchObject({ transport: "http", text: "one " });
    await finish(answer, response);
  });

  it("a request that a socket has taken stays the same response", async () => {
    world.server.deliver = () => {};
    const answer = world.rill().ask({ input: "?" });
    await world.clock.pass(20);
    world.server.socketsPass = false;
    world.server.cut();
    await world.clock.until(answer.done, 60_000);
    expect(answer).toMatchObject({ transport: "http", text: "Rivers form slowly." });
    expect(world.server.responses.size).toBe(1);
  });

  it("a request that a socket has taken, and that is not stored, stays the same response", async () => {
    world.server.deliver = () => {};
    world.server.play = (response) => world.server.playText(response, ..."a long answer".repeat(100).split(""));
    const answer = world.rill().ask({ input: "?", store: false });
    await world.clock.pass(20);
    world.server.socketsPass = false;
    world.server.cut();
    await world.clock.until(answer.done, 120_000);
    expect(answer).toMatchObject({ transport: "http", text: world.server.response.text });
    expect(world.server.responses.size).toBe(1);
    const reads = world.server.requests.filter((request) => request.path.startsWith("/v1/responses/"));
    expect(reads.map((request) => request.path)).toEqual([`/v1/responses/${answer.id}?stream=true&starting_after=0`]);
  });

  it("a server that takes connections and answers nothing is one that can't be reached", async () => {
    world.server.socketsPass = false;
    world.server.hangs = () => true;
    const answer = world.rill().ask({ input: "?" });
    await expect(world.clock.until(answer.done, 300_000)).rejects.toMatchObject({ code: "unreachable" });
    expect(world.clock.pending).toBe(0);
  });

  it("a handshake that hangs is one that fails", async () => {
    const server = world.server;
    const Hanging = class extends server.WebSocket {
      constructor(url: string, protocols?: string | string[]) {
        super(url, protocols);
        Object.defineProperty(this, "accept", { value: () => {} });
      }
    };
    const answer = world.rill({ WebSocket: Hanging }).ask({ input: "?" });
    await world.clock.until(answer.done, 60_000);
    expect(answer.transport).toBe("http");
  });

  it("a WebSocket class that throws is one that fails", async () => {
    const Throwing = class {
      constructor() {
        throw new Error("SecurityError");
      }
    };
    const answer = world.rill({ WebSocket: Throwing as never }).ask({ input: "?" });
    await world.clock.until(answer.done, 60_000);
    expect(answer.transport).toBe("http");
  });
});

describe("authentication", () => {
  beforeEach(() => {
    world.server.tokens = new Set(["good"]);
  });

  it("is a ticket", async () => {
    const rill = world.rill({ token: () => Promise.resolve("good") });
    await world.clock.until(rill.ask({ input: "?" }).done, 10_000);
    const [handshake] = world.server.handshakes;
    expect(handshake?.url.searchParams.get("ticket")).toMatch(/^ticket_/);
    expect(handshake?.protocols).toEqual(["rill.v1"]);
    expect(world.server.requests[0]).toMatchObject({
      method: "POST",
      path: "/v1/tickets",
      headers: { authorization: "Bearer good" },
    });
  });

  it("is a fresh ticket for each handshake", async () => {
    const rill = world.rill({ token: "good" });
    const { answer, response } = await running(rill);
    world.server.cut();
    await world.clock.pass(2_000);
    await finish(answer, response);
    expect(world.server.requests).toHaveLength(2);
  });

  it("is a subprotocol", async () => {
    world.server.tokens = new Set(["gööd?>"]);
    const rill = world.rill({ token: "gööd?>", socketAuthentication: "subprotocol" });
    await world.clock.until(rill.ask({ input: "?" }).done, 10_000);
    expect(world.server.requests).toEqual([]);
    expect(world.server.handshakes[0]?.protocols[1]).toMatch(/^rill\.bearer\.[\w-]+$/);
  });

  it.each(["ticket", "subprotocol"] as const)(
    "that is refused fails the answers (%s)",
    async (socketAuthentication) => {
      const rill = world.rill({ token: "bad", socketAuthentication });
      const answers = [rill.ask({ input: "a" }), rill.resume("resp_1")];
      for (const answer of answers) {
        await expect(world.clock.until(answer.done, 10_000)).rejects.toMatchObject({
          code: "invalid_credentials",
          status: 401,
        });
      }
      const handshakes = world.server.handshakes.length;
      await world.clock.pass(600_000);
      expect(world.server.handshakes.length).toBe(handshakes);
      expect(rill.connection).toBe("idle");
    },
  );

  it.each([
    [403, "origin_not_allowed"],
    [429, "too_many_requests"],
  ])("that is refused with %i says why", async (status, code) => {
    world.server.tokens = undefined;
    world.server.refusal = { status, code, retryAfter: 9 };
    const answer = world.rill().ask({ input: "?" });
    await expect(world.clock.until(answer.done, 10_000)).rejects.toMatchObject({ status, code, retryAfter: 9 });
  });

  it("that can't be checked now is tried again", async () => {
    world.server.refusal = { status: 503, code: "authentication_unavailable" };
    const rill = world.rill({ token: "good" });
    const answer = rill.ask({ input: "?" });
    await world.clock.pass(10_000);
    expect(answer.error).toBeUndefined();
    world.server.refusal = undefined;
    await world.clock.until(answer.done, 60_000);
  });

  it("fails the answer when the function does", async () => {
    const token = () => Promise.reject(new Error("signed out"));
    for (const transport of ["websocket", "http"] as const) {
      const answer = world.rill({ token, transport }).ask({ input: "?" });
      await expect(world.clock.until(answer.done, 10_000)).rejects.toMatchObject({ code: "token_unavailable" });
      expect(String(answer.error?.cause)).toContain("signed out");
    }
  });

  it("lets a running answer wait where too many ask", async () => {
    const { answer, response } = await running(world.rill({ token: "good" }));
    world.server.refusal = { status: 429, code: "too_many_requests", retryAfter: 20 };
    world.server.cut();
    await world.clock.pass(19_000);
    expect(answer.error).toBeUndefined();
    expect(world.server.requests).toHaveLength(2);
    world.server.refusal = undefined;
    await world.clock.pass(10_000);
    await finish(answer, response);
  });

  it("is renewed before it ends", async () => {
    let token = "good";
    const { answer, response } = await expiring(() => token, 300);
    token = "better";
    world.server.tokens?.add(token);
    await world.clock.pass(254_000);
    expect(world.server.socket.ofType("rill:authenticate")).toEqual([]);
    await world.clock.pass(2_000);
    expect(world.server.socket.ofType("rill:authenticate")).toMatchObject([{ token }]);
    await finish(answer, response);
  });

  it("is renewed when the server says that it ends", async () => {
    let token = "good";
    const { answer, response } = await expiring(() => token, undefined);
    token = "better";
    world.server.tokens?.add(token);
    world.server.socket.push({ type: "rill:authentication_expires", authenticated_until: 4_000_000_000 });
    await world.clock.pass(100);
    expect(world.server.socket.ofType("rill:authenticate")).toMatchObject([{ token }]);
    await finish(answer, response);
  });

  it("is not renewed by the same token", async () => {
    const { answer, response } = await expiring(() => "good", 300);
    await world.clock.pass(290_000);
    expect(world.server.socket.ofType("rill:authenticate")).toEqual([]);
    await finish(answer, response);
  });

  it("is not renewed while nothing runs", async () => {
    let asked = 0;
    const { answer, response } = await expiring(() => {
      asked++;
      return "good";
    }, 300);
    await finish(answer, response);
    const before = asked;
    await world.clock.pass(600_000);
    expect(asked).toBe(before);
    expect(world.server.socket.ofType("rill:authenticate")).toEqual([]);
  });

  it("that has ended is renewed for the next request", async () => {
    let token = "good";
    const rill = world.rill({ token: () => token });
    const { answer, response } = await expiring(() => token, 60, rill);
    await finish(answer, response);
    await world.clock.pass(120_000);
    token = "better";
    world.server.tokens?.add(token);
    world.server.play = (next) => world.server.playText(next, "again");
    const again = rill.ask({ input: "?" });
    await world.clock.until(again.done, 10_000);
    expect(again.text).toBe("again");
    expect(world.server.sockets).toHaveLength(1);
  });

  it("that has ended and can't be renewed fails the next request", async () => {
    const rill = world.rill({ token: "good" });
    const { answer, response } = await expiring(() => "good", 60, rill);
    await finish(answer, response);
    await world.clock.pass(120_000);
    world.server.tokens?.clear();
    await expect(world.clock.until(rill.ask({ input: "?" }).done, 10_000)).rejects.toMatchObject({
      code: "invalid_credentials",
      status: 401,
    });
    expect(rill.connection).toBe("idle");
  });

  it("that is another subject's gets a socket of its own", async () => {
    let token = "good";
    const rill = world.rill({ token: () => token });
    const { answer, response } = await expiring(() => token, 60, rill);
    await finish(answer, response);
    await world.clock.pass(120_000);
    token = "another";
    const { receive } = world.server;
    world.server.receive = (socket, message) =>
      message.type === "rill:authenticate"
        ? world.server.error(socket, message, 403, "subject_mismatch")
        : receive.call(world.server, socket, message);
    world.server.tokens?.add(token);
    world.server.play = (next) => world.server.playText(next, "again");
    const again = rill.ask({ input: "?" });
    await world.clock.pass(100);
    world.server.authenticatedUntil = undefined;
    await world.clock.until(again.done, 10_000);
    expect(world.server.sockets).toHaveLength(2);
  });

  /** An answer on a socket whose authentication ends after this time, in seconds. */
  async function expiring(token: () => string, after: number | undefined, rill = world.rill({ token })) {
    world.server.authenticatedUntil = after === undefined ? undefined : world.clock.now() / 1_000 + after;
    const asked = await running(rill);
    await settle();
    return asked;
  }
});
