import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { missing, Stack } from "../../testing/stack.js";
import { within } from "../../testing/within.js";
import { type AskOptions, Rill, type Transport } from "../src/index.js";
import { Recorded } from "./recorded.js";

const reason = missing();
if (reason) {
  console.log(`The tests with the whole stack are skipped: ${reason}.`);
}

const TRANSPORTS: Transport[] = ["websocket", "http"];

describe.skipIf(reason)("with the whole stack", { timeout: 300_000 }, () => {
  let stack: Stack;
  let rill: Rill;
  /** Resolves when the client has sent a request for an answer over HTTP. */
  let posted: Promise<void>;

  beforeAll(async () => {
    stack = await Stack.start("--port", "0", "--pace", "60");
  }, 600_000);

  afterAll(() => stack?.stop(), 60_000);

  beforeEach(() => {
    let sent: () => void;
    posted = new Promise((resolve) => {
      sent = resolve;
    });
    const watched: typeof fetch = (input, init) => {
      sent();
      return fetch(input, init);
    };
    rill = new Rill({ url: stack.url, fetch: watched });
  });

  afterEach(async () => {
    rill.close();
    await stack.injects({});
  });

  function ask(input: string, options?: AskOptions, client = rill): Recorded {
    return new Recorded(client.ask({ input }, options), input.slice(0, 40));
  }

  describe.each(TRANSPORTS)("over %s", (transport) => {
    it("answers", async () => {
      const asked = ask("/fast How do rivers form?", { transport });
      await asked.expectCompleted(stack.url);
      expect(asked.answer).toMatchObject({ transport, attempt: 1, resumes: 0 });
      expect(asked.answer.usage?.output_tokens).toBeGreaterThan(0);
    });

    it("stops while it runs", async () => {
      const asked = ask("/slow 20 /count 2000", { transport });
      await asked.until(() => asked.answer.text.length > 20);
      asked.answer.stop();
      expect((await asked.expectWhole(stack.url)).status).toBe("cancelled");
      expect(asked.answer.text).not.toContain("2000");
    });

    it("stops before it has begun", async () => {
      const asked = ask("/delay 1000 /slow 20 /count 2000", { transport });
      // Over HTTP nothing comes before the model has begun: the stop waits for the first event.
      await (transport === "http"
        ? within(posted, () => asked.state)
        : asked.until(() => asked.answer.id !== undefined));
      asked.answer.stop();
      expect((await asked.expectWhole(stack.url)).status).toBe("cancelled");
      expect(asked.answer.text).not.toContain("2000");
    });

    it("is read by another client from the middle on", async () => {
      const asked = ask("/slow 40 /count 100", { transport });
      await asked.until(() => asked.answer.text.length > 50);
      const other = new Rill({ url: stack.url });
      const id = asked.answer.id as string;
      const whole = new Recorded(other.resume(id, { transport }), "from the beginning");
      const rest = new Recorded(other.resume(id, { transport, after: 5 }), "from event 6 on");
      await asked.expectCompleted(stack.url);
      await Promise.all([whole.settled(), rest.settled()]);
      other.close();
      expect(whole.events).toEqual(asked.events);
      expect(rest.events).toEqual(asked.events.slice(6));
    });

    it("tells what the model's failure is", async () => {
      const failed = ask("/failed server_error", { transport });
      await failed.expectWhole(stack.url);
      expect(failed.answer.error).toMatchObject({ name: "RillError", code: "server_error" });
      const refused = new Recorded(rill.ask({ input: "?", temperature: 9 }, { transport }), "temperature 9");
      expect(await refused.settled()).toMatchObject({ code: "invalid_value", param: "temperature", status: 400 });
    });

    it("asks with a large request and gets a large answer", async () => {
      const asked = ask(`/fast /large 300 ${"Flüße ".repeat(8_000)}`, { transport });
      await asked.expectCompleted(stack.url);
      expect(asked.answer.transport).toBe("http");
    });
  });

  it("reads events over HTTP that are too large for a socket", async () => {
    const asked = ask("/fast /large 300");
    expect(asked.answer.transport).toBe("websocket");
    await asked.expectCompleted(stack.url);
    expect(asked.answer.transport).toBe("http");
    expect(asked.events.some((event) => "rill:omitted" in event)).toBe(false);
  });

  // The last one: it restarts the stack.
  it("comes back to a server that was restarted, and learns why it is refused there", async () => {
    const running = ask("/slow 5 /count 500");
    await running.until(() => running.answer.text.length > 10);
    const { port } = stack;
    await stack.stop();
    stack = await Stack.start("--port", String(port), "--auth", "keys");
    // The new stack wants a key.
    expect(await running.settled()).toMatchObject({ code: "missing_credentials", status: 401 });
    for (const socketAuthentication of ["ticket", "subprotocol"] as const) {
      const bad = new Rill({ url: stack.url, token: "rill_bad", socketAuthentication });
      expect(await ask("?", {}, bad).settled()).toMatchObject({ code: "invalid_credentials", status: 401 });
      const good = new Rill({ url: stack.url, token: () => Promise.resolve(stack.key), socketAuthentication });
      const asked = ask("/fast How do rivers form?", {}, good);
      expect(await asked.settled()).toMatchObject({ status: "completed" });
      expect(asked.answer.transport).toBe("websocket");
      // No data is kept from one stack to the next.
      const lost = new Recorded(good.resume(running.answer.id as string), "of the old stack");
      expect(await lost.settled()).toMatchObject({ code: "not_found", status: 404 });
      bad.close();
      good.close();
    }
  });
});
