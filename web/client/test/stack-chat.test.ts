import { Chat as SdkChat } from "@ai-sdk/react";
import { lastAssistantMessageIsCompleteWithToolCalls, type UIMessage } from "ai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { missing, Stack } from "../../testing/stack.js";
import { type ChatStorage, RillChatTransport } from "../src/ai-sdk/index.js";
import { Rill, type RillOptions } from "../src/index.js";

const reason = missing();
if (reason) {
  console.log(`The tests of chats with the whole stack are skipped: ${reason}.`);
}

/** What the page's functions answer. The simulated model calls those whose names are in the prompt, once each. */
const RIVERS: Record<string, string> = { river_length: "1230 km", river_depth: "9 m", river_source: "Lake Toma" };
const RIVER_PROMPT = "Ask river_length, river_depth and river_source, then tell me of the Rhine.";
const parameters = {
  type: "object",
  properties: { river: { type: "string" } },
  required: ["river"],
  additionalProperties: false,
};
const tools = Object.keys(RIVERS).map((name) => ({ type: "function", name, parameters, strict: true }));

const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** The storage of a tab, which outlives the page. */
class Tab implements ChatStorage {
  readonly entries = new Map<string, string>();
  getItem = (key: string) => this.entries.get(key) ?? null;
  setItem = (key: string, value: string) => void this.entries.set(key, value);
  removeItem = (key: string) => void this.entries.delete(key);
}

class Chat extends SdkChat<UIMessage> {
  /** The text of the assistant's last message. */
  get text(): string {
    return this.parts(/^text$/)
      .map((part) => ("text" in part ? part.text : ""))
      .join("");
  }

  /** The parts of the assistant's last message whose type is like this. */
  parts(type: RegExp): UIMessage["parts"] {
    const last = this.messages.findLast((message) => message.role === "assistant");
    return (last?.parts ?? []).filter((part) => type.test(part.type));
  }

  /** Waits until the chat is as `isSo` wants it. Rejects with the chat's error. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const unsubscribes: (() => void)[] = [];
      const check = () => {
        if (this.error || isSo()) {
          for (const unsubscribe of unsubscribes) {
            unsubscribe();
          }
          this.error ? reject(this.error) : resolve();
        }
      };
      unsubscribes.push(this["~registerMessagesCallback"](check), this["~registerStatusCallback"](check));
      check();
    });
  }

  /** Sends a text, and rejects if the chat has an error then. */
  async say(text: string): Promise<void> {
    await this.sendMessage({ text });
    if (this.error) {
      throw this.error;
    }
  }

  /** Reads the answer again, and rejects if the chat has an error then. */
  async resume(): Promise<void> {
    await this.resumeStream();
    if (this.error) {
      throw this.error;
    }
  }
}

type ChatOptions = ConstructorParameters<typeof SdkChat<UIMessage>>[0];

interface PageOptions extends Pick<ChatOptions, "onToolCall" | "sendAutomaticallyWhen"> {
  tab?: Tab;
  body?: Record<string, unknown>;
}

describe.skipIf(reason)("chats with the whole stack", { timeout: 120_000 }, () => {
  let stack: Stack;
  let rills: Rill[] = [];

  beforeAll(async () => {
    stack = await Stack.start("--port", "0", "--pace", "60");
  }, 600_000);

  afterAll(() => stack?.stop(), 60_000);

  afterEach(() => {
    for (const rill of rills) {
      rill.close();
    }
    rills = [];
  });

  function newRill(options: Partial<RillOptions> = {}): Rill {
    const rill = new Rill({ url: stack.url, ...options });
    rills.push(rill);
    return rill;
  }

  /** A page that was loaded just now. */
  function newPage({ tab = new Tab(), body = {}, ...options }: PageOptions = {}, rill = newRill()) {
    const transport = new RillChatTransport({ rill, storage: tab, body });
    return { chat: new Chat({ id: "c1", transport, ...options }), rill, tab };
  }

  /** A page that executes the three functions. */
  function riverPage(body: Record<string, unknown> = {}) {
    const called: string[] = [];
    const page = newPage({
      body: { tools, ...body },
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
      onToolCall({ toolCall: { toolName, toolCallId, input } }) {
        expect(input).toEqual({ river: expect.any(String) });
        called.push(toolName);
        void page.chat.addToolOutput({ tool: toolName, toolCallId, output: RIVERS[toolName] });
      },
    });
    return { ...page, called };
  }

  it.each(["websocket", "http"] as const)("answer over %s", async (transport) => {
    const { chat, tab } = newPage({}, newRill({ transport }));
    await chat.say("/echo hello");

    expect(chat.text).toBe("hello");
    expect(chat.lastMessage?.id).toMatch(/^resp_/);
    expect(tab.entries.size).toBe(0);
  });

  it("answers a second question, and regenerates", async () => {
    const { chat } = newPage();
    await chat.say("/echo one");
    await chat.say("/echo two");
    await chat.regenerate();

    expect([chat.error, chat.text, chat.messages.length]).toEqual([undefined, "two", 4]);
  });

  it("lets the page execute tools", async () => {
    const { chat, called } = riverPage();
    await chat.say(RIVER_PROMPT);
    await chat.until(() => chat.text !== "" && chat.status === "ready");

    expect(called.sort()).toEqual(Object.keys(RIVERS).sort());
    expect(chat.messages).toHaveLength(2);
    expect(chat.parts(/^tool-/).map((part) => "state" in part && part.state)).toEqual(
      Array(3).fill("output-available"),
    );
  });

  it("plays encrypted reasoning back", async () => {
    const reasoning = { effort: "medium", summary: "auto" };
    const { chat, called } = riverPage({ reasoning, parallel_tool_calls: false });
    await chat.say(RIVER_PROMPT);
    await chat.until(() => chat.text !== "" && chat.status === "ready");
    expect(called.sort()).toEqual(Object.keys(RIVERS).sort());

    // The server verifies what is played back; a forged one is refused.
    const encrypted = chat.parts(/^reasoning$/).flatMap((part) => {
      const openai = "providerMetadata" in part ? part.providerMetadata?.openai : undefined;
      return openai?.reasoningEncryptedContent ? [openai] : [];
    });
    expect(encrypted.length).toBeGreaterThanOrEqual(3);
    Object.assign(encrypted[0] as object, { reasoningEncryptedContent: "forged" });
    await expect(chat.say("/echo on")).rejects.toThrow(/encrypted/i);
  });

  it("takes an image", async () => {
    const { chat } = newPage();
    const files = [{ type: "file" as const, mediaType: "image/png", url: PIXEL }];
    await chat.sendMessage({ text: "What is this?", files });

    expect(chat.error).toBeUndefined();
    expect(chat.text).not.toBe("");
  });

  it("stops the model", async () => {
    const { chat, tab } = newPage();
    const sent = chat.say("/slow 100 /count 300");
    await chat.until(() => chat.text.length > 8);
    const other = newRill().resume(chat.lastMessage?.id as string, { after: 0 });
    await chat.stop();
    await sent;

    expect((await other.done).status).toBe("cancelled");
    expect(chat.status).toBe("ready");
    expect(tab.entries.size).toBe(0);
  });

  it("goes on in a page that is loaded again", async () => {
    const first = newPage();
    void first.chat.sendMessage({ text: "/slow 50 /count 60" });
    await first.chat.until(() => first.chat.text.length > 8);
    const seen = first.chat.text;
    first.rill.close();
    const { chat, tab } = newPage({ tab: first.tab });
    await chat.resume();

    expect(chat.text.startsWith(seen)).toBe(true);
    expect(chat.text).toMatch(/ 60$/);
    expect(tab.entries.size).toBe(0);
  });

  it("shows the answer in a page that is loaded after the end", async () => {
    const first = newPage();
    void first.chat.sendMessage({ text: "/slow 20 /count 20" });
    await first.chat.until(() => first.chat.text.length > 8);
    const id = first.chat.lastMessage?.id as string;
    first.rill.close();
    await newRill().resume(id, { after: 0 }).done;
    const { chat } = newPage({ tab: first.tab });
    await chat.resume();

    expect(chat.text).toMatch(/ 20$/);
    expect(chat.lastMessage?.id).toBe(id);
  });

  it("reads an answer after tools again with their message", async () => {
    const first = riverPage();
    void first.chat.sendMessage({ text: `${RIVER_PROMPT} /slow 60 /count 40` });
    await first.chat.until(() => first.chat.text.length > 8);
    const again: string[] = [];
    const { chat } = newPage({ tab: first.tab, onToolCall: () => void again.push("again") });
    await chat.resume();
    await first.chat.until(() => first.chat.status === "ready");

    expect(JSON.stringify(chat.lastMessage)).toBe(JSON.stringify(first.chat.lastMessage));
    expect(again).toEqual([]);
  });

  it("has nothing to resume if the response is gone", async () => {
    const tab = new Tab();
    tab.setItem("rill:chat:c1", JSON.stringify({ responseId: `resp_${"0".repeat(32)}`, earlier: [] }));
    const { chat } = newPage({ tab });
    await chat.resume();

    expect(chat.status).toBe("ready");
    expect(tab.entries.size).toBe(0);
  });

  it("tells why a request is refused", async () => {
    const { chat } = newPage({ body: { temperature: "hot" } });

    await expect(chat.say("Hi")).rejects.toMatchObject({ code: "invalid_type", param: "temperature", status: 400 });
  });

  it("keeps what was written before an error", async () => {
    const { chat } = newPage();
    await expect(chat.say("/slow 5 /count 9 /break 5")).rejects.toThrow();
    expect(chat.text).toMatch(/^1 2/);

    chat.clearError();
    await chat.say("/echo on");
    expect(chat.text).toBe("on");
  });
});
