import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { missing, Stack } from "../../testing/stack.js";
import {
  type Answer,
  type OutputMessage,
  type Response,
  type ResponseEvent,
  Rill,
  type Transport,
} from "../src/index.js";

const reason = missing();
if (reason) {
  console.log(`The tests with the whole stack are skipped: ${reason}.`);
}

const TRANSPORTS: Transport[] = ["websocket", "http"];

/** Everything that an answer gave. */
function record(answer: Answer): ResponseEvent[] {
  const events: ResponseEvent[] = [];
  answer.on("event", (event) => events.push(event));
  return events;
}

function textOf(response: Response): string {
  const messages = response.output.filter((item): item is OutputMessage => item.type === "message");
  return messages.flatMap((item) => item.content.map((part) => ("text" in part ? part.text : ""))).join("");
}

/** The event is there, or comes. */
function happens(answer: Answer, condition: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = () => condition() && resolve();
    check();
    answer.on("change", check);
    answer.done.then(check, reject);
  });
}

describe.skipIf(reason)("with the whole stack", { timeout: 120_000 }, () => {
  let stack: Stack;
  let rill: Rill;

  beforeAll(async () => {
    stack = await Stack.start("--port", "0", "--pace", "60");
  }, 600_000);

  afterAll(() => stack?.stop(), 60_000);

  beforeEach(() => {
    rill = new Rill({ url: stack.url });
  });

  afterEach(async () => {
    rill.close();
    await stack.injects({});
  });

  /** The answer has all its events, and the text that the server has stored. */
  async function expectWhole(answer: Answer, events: ResponseEvent[]): Promise<void> {
    await answer.done;
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
    const stored = (await (await fetch(`${stack.url}/responses/${answer.id}`)).json()) as Response;
    expect(answer.text).toBe(textOf(stored));
    expect(answer.text.length).toBeGreaterThan(0);
    expect(answer.response).toEqual(stored);
  }

  describe.each(TRANSPORTS)("over %s", (transport) => {
    it("answers", async () => {
      const answer = rill.ask({ input: "/fast How do rivers form?" }, { transport });
      const events = record(answer);
      expect((await answer.done).status).toBe("completed");
      await expectWhole(answer, events);
      expect(answer).toMatchObject({ transport, attempt: 1, resumes: 0 });
      expect(answer.usage?.output_tokens).toBeGreaterThan(0);
    });

    it("stops while it runs", async () => {
      const answer = rill.ask({ input: "/slow 20 /count 2000" }, { transport });
      await happens(answer, () => answer.text.length > 20);
      answer.stop();
      expect((await answer.done).status).toBe("cancelled");
      expect(answer.status).toBe("cancelled");
      expect(answer.text).not.toContain("2000");
    });

    it("stops before it has begun", async () => {
      const answer = rill.ask({ input: "/delay 3000 /count 500" }, { transport });
      await new Promise((resolve) => setTimeout(resolve, 500));
      answer.stop();
      expect((await answer.done).status).toBe("cancelled");
    });

    it("is read by another client from the middle on", async () => {
      const answer = rill.ask({ input: "/slow 40 /count 100" }, { transport });
      const events = record(answer);
      await happens(answer, () => answer.text.length > 50);
      const other = new Rill({ url: stack.url });
      const whole = other.resume(answer.id as string, { transport });
      const rest = other.resume(answer.id as string, { transport, after: 5 });
      const [all, some] = [record(whole), record(rest)];
      await Promise.all([answer.done, whole.done, rest.done]);
      other.close();
      await expectWhole(answer, events);
      expect(all).toEqual(events);
      expect(some).toEqual(events.slice(6));
    });

    it("tells what the model's failure is", async () => {
      const answer = rill.ask({ input: "/failed server_error" }, { transport });
      await expect(answer.done).rejects.toMatchObject({ name: "RillError", code: "server_error" });
      const refused = rill.ask({ input: "?", temperature: 9 }, { transport });
      await expect(refused.done).rejects.toMatchObject({ code: "invalid_value", param: "temperature", status: 400 });
    });

    it("asks with a large request and gets a large answer", async () => {
      const answer = rill.ask({ input: `/fast /large 300 ${"Flüße ".repeat(8_000)}` }, { transport });
      const events = record(answer);
      await expectWhole(answer, events);
      expect(answer.transport).toBe("http");
    });
  });

  it("reads events over HTTP that are too large for a socket", async () => {
    const answer = rill.ask({ input: "/fast /large 300" });
    expect(answer.transport).toBe("websocket");
    const events = record(answer);
    await expectWhole(answer, events);
    expect(answer.transport).toBe("http");
    expect(events.some((event) => "rill:omitted" in event)).toBe(false);
  });

  it("survives sockets that are cut, messages that are lost and queued twice", async () => {
    await stack.injects({
      seed: 7,
      connections: { gone: 0.04, limit_exceeded: 0.03, server_error: 0.03 },
      queue: { twice: 0.5, late: 0.2, late_seconds: 2 },
      dynamodb: { throttled: 0.02, internal_error: 0.01 },
    });
    const answers = Array.from({ length: 8 }, (_value, index) =>
      rill.ask({ input: `/slow 30 /count ${40 + index}` }, { transport: index < 6 ? "websocket" : "http" }),
    );
    const events = answers.map(record);
    await Promise.all(answers.map((answer) => answer.done));
    expect(await stack.counts()).toContain('"gone":');
    await stack.injects({});
    for (const [index, answer] of answers.entries()) {
      await expectWhole(answer, events[index] ?? []);
    }
    expect(answers.reduce((sum, answer) => sum + answer.resumes, 0)).toBeGreaterThan(0);
  });

  it("goes on after its worker was killed", async () => {
    const answer = rill.ask({ input: "/slow 20 /count 200" });
    const events = record(answer);
    await happens(answer, () => answer.text.length > 100);
    stack.killWorkers();
    await expectWhole(answer, events);
    expect(answer.attempt).toBeGreaterThan(1);
    expect(events.map((event) => event.type)).toContain("rill:response.restarted");
  });

  // The last one: it restarts the stack.
  it("comes back to a server that was restarted, and learns why it is refused there", async () => {
    const answer = rill.ask({ input: "/slow 5 /count 500" });
    await happens(answer, () => answer.text.length > 10);
    const { port } = stack;
    await stack.stop();
    stack = await Stack.start("--port", port, "--auth", "keys");
    // The new stack wants a key.
    await expect(answer.done).rejects.toMatchObject({ code: "missing_credentials", status: 401 });
    for (const socketAuthentication of ["ticket", "subprotocol"] as const) {
      const bad = new Rill({ url: stack.url, token: "rill_bad", socketAuthentication });
      await expect(bad.ask({ input: "?" }).done).rejects.toMatchObject({ code: "invalid_credentials", status: 401 });
      const good = new Rill({ url: stack.url, token: () => Promise.resolve(stack.key), socketAuthentication });
      const asked = good.ask({ input: "/fast How do rivers form?" });
      expect((await asked.done).status).toBe("completed");
      expect(asked.transport).toBe("websocket");
      // No data is kept from one stack to the next.
      await expect(good.resume(answer.id as string).done).rejects.toMatchObject({ code: "not_found", status: 404 });
      bad.close();
      good.close();
    }
  });
});
