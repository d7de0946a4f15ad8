import { Chat } from "@ai-sdk/react";
import { lastAssistantMessageIsCompleteWithToolCalls, type UIMessage, type UIMessageChunk } from "ai";
import { beforeEach, describe, expect, test } from "vitest";
import { type ChatStorage, RillChatTransport } from "../../src/ai-sdk/index.js";
import { RillError } from "../../src/error.js";
import { call, message, type ScriptedAnswer, ScriptedRill } from "../scripted-rill.js";

/** A tab's storage, which outlives the page. */
class MemoryStorage implements ChatStorage {
  readonly entries = new Map<string, string>();
  getItem = (key: string) => this.entries.get(key) ?? null;
  setItem = (key: string, value: string) => void this.entries.set(key, value);
  removeItem = (key: string) => void this.entries.delete(key);
}

let storage: MemoryStorage;
let server: ScriptedRill;

beforeEach(() => {
  storage = new MemoryStorage();
  server = new ScriptedRill();
});

type Options = Partial<ConstructorParameters<typeof Chat<UIMessage>>[0]> & { body?: Record<string, unknown> };

/** A page that was loaded just now: it has nothing but the storage. */
function newPage({ body, ...options }: Options = {}): Chat<UIMessage> {
  const transport = new RillChatTransport({ rill: server.rill, storage, ...(body && { body }) });
  return new Chat<UIMessage>({ id: "c1", transport, ...options });
}

function textOf(chat: Chat<UIMessage>): string {
  return (chat.lastMessage?.parts ?? []).map((part) => (part.type === "text" ? part.text : "")).join("");
}

/** Waits until the messages or the status of a chat are as `isSo` wants them. */
function until(chat: Chat<UIMessage>, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (isSo()) {
        resolve();
        messages();
        status();
      }
    };
    const messages = chat["~registerMessagesCallback"](check);
    const status = chat["~registerStatusCallback"](check);
    check();
  });
}

/** Asks, and waits until the beginning of the answer is shown. */
async function asking(chat: Chat<UIMessage>): Promise<{ answer: ScriptedAnswer; sent: Promise<void> }> {
  const sent = chat.sendMessage({ text: "Hi" });
  const answer = await server.answer(server.answers.length);
  answer.running().delta("Hel");
  await until(chat, () => textOf(chat) === "Hel");
  return { answer, sent };
}

describe("an answer", () => {
  test("is the message of its response", async () => {
    const ends: unknown[] = [];
    const chat = newPage({ body: { model: "m" }, onFinish: ({ finishReason }) => void ends.push(finishReason) });
    const { answer, sent } = await asking(chat);
    answer.delta("lo").completed(message("Hello"));
    await sent;

    expect(server.asked).toEqual([
      {
        model: "m",
        stream: true,
        store: false,
        include: ["reasoning.encrypted_content"],
        input: [{ type: "message", role: "user", content: "Hi" }],
      },
    ]);
    expect(chat.lastMessage).toMatchObject({ id: "resp_1", role: "assistant" });
    expect(textOf(chat)).toBe("Hello");
    expect([chat.status, chat.error, ...ends]).toEqual(["ready", undefined, "stop"]);
  });

  test("is asked with the fields of each request over those of all", async () => {
    const transport = new RillChatTransport({
      rill: server.rill,
      storage,
      body: async () => ({ model: "a", top_p: 1 }),
    });
    const chat = new Chat<UIMessage>({ transport });
    const sent = chat.sendMessage({ text: "Hi" }, { body: { model: "b", sessionId: "s" } });
    (await server.answer(0)).running().completed(message("Hello"));
    await sent;

    expect(server.asked[0]).toMatchObject({ model: "b", top_p: 1 });
    expect(server.asked[0]).not.toHaveProperty("sessionId");
  });

  test("is asked with files", async () => {
    const chat = newPage();
    const url = "data:image/png;base64,AA";
    const sent = chat.sendMessage({ text: "What is it?", files: [{ type: "file", mediaType: "image/png", url }] });
    (await server.answer(0)).running().completed(message("A dot."));
    await sent;

    expect(server.asked[0]?.input).toEqual([
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_image", detail: "auto", image_url: url },
          { type: "input_text", text: "What is it?" },
        ],
      },
    ]);
  });

  test("is regenerated from the messages before it", async () => {
    const chat = newPage();
    const { answer, sent } = await asking(chat);
    answer.completed(message("Hello"));
    await sent;
    const again = chat.regenerate();
    (await server.answer(1)).running().completed(message("Hi there"));
    await again;

    expect(server.asked[1]?.input).toEqual(server.asked[0]?.input);
    expect(chat.messages.map(({ id }) => id)).toEqual([chat.messages[0]?.id, "resp_2"]);
    expect(textOf(chat)).toBe("Hi there");
  });

  test("begins its step anew when its worker has crashed", async () => {
    const chat = newPage();
    const { answer, sent } = await asking(chat);
    answer.write("rill:response.restarted", { attempt: 2 }).delta("Good day");
    await until(chat, () => textOf(chat) === "Good day");
    answer.completed(message("Good day"));
    await sent;

    expect(chat.lastMessage?.parts.map(({ type }) => type)).toEqual(["step-start", "text"]);
  });

  test("goes on in the message with the calls after their outputs", async () => {
    const { chat, called, first, second, sent } = await toolLoop();
    second.running().delta("12 km").completed(message("12 km"));
    await until(chat, () => chat.status === "ready" && textOf(chat) !== "");
    await sent;

    expect(called).toEqual([{ river: "Aare" }]);
    expect(first).toBeDefined();
    expect(server.asked[1]?.input).toEqual([
      { type: "message", role: "user", content: "How long is it?" },
      { type: "function_call", call_id: "call_1", name: "river_length", arguments: '{"river":"Aare"}' },
      { type: "function_call_output", call_id: "call_1", output: '{"km":12}' },
    ]);
    expect(chat.messages).toHaveLength(2);
    expect(chat.lastMessage?.id).toBe("resp_1");
    expect(chat.lastMessage?.parts.map(({ type }) => type)).toEqual([
      "step-start",
      "tool-river_length",
      "step-start",
      "text",
    ]);
  });
});

/** A chat whose page has executed a tool, and whose second answer was asked for. */
async function toolLoop() {
  const called: unknown[] = [];
  const chat = newPage({
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
    onToolCall: ({ toolCall: { toolName, toolCallId, input } }) => {
      called.push(input);
      void chat.addToolOutput({ tool: toolName, toolCallId, output: { km: 12 } });
    },
  });
  const sent = chat.sendMessage({ text: "How long is it?" });
  const first = await server.answer(0);
  first.running().completed(call("call_1", "river_length", { river: "Aare" }));
  const second = await server.answer(1);
  return { chat, called, first, second, sent };
}

describe("stop", () => {
  test("stops the model, once", async () => {
    const chat = newPage();
    const { answer, sent } = await asking(chat);
    await chat.stop();
    await chat.stop();
    await sent;

    expect(answer.stops).toBe(1);
    expect([chat.status, textOf(chat)]).toEqual(["ready", "Hel"]);
    expect(storage.entries).toHaveLength(0);
  });

  test("stops an answer that has not begun", async () => {
    const chat = newPage();
    const sent = chat.sendMessage({ text: "Hi" });
    const answer = await server.answer(0);
    await chat.stop();
    await sent;
    answer.fail(new RillError("stopped", "It was stopped."));

    expect(answer.stops).toBe(1);
    expect([chat.status, chat.error]).toEqual(["ready", undefined]);
  });

  test("stops an answer that was read again", async () => {
    const { answer } = await asking(newPage());
    const page = newPage();
    const resumed = page.resumeStream();
    (await server.answer(1)).running().delta("Hel");
    await until(page, () => textOf(page) === "Hel");
    await page.stop();
    await resumed;

    expect(server.answers.map(({ stops }) => stops)).toEqual([0, 1]);
    expect(answer.stops).toBe(0);
  });

  test("stops nothing after the end", async () => {
    const chat = newPage();
    const { answer, sent } = await asking(chat);
    answer.completed(message("Hel"));
    await sent;
    await chat.stop();

    expect(answer.stops).toBe(0);
  });

  test("by another client ends the message", async () => {
    const ends: boolean[] = [];
    const chat = newPage({ onFinish: ({ isError }) => void ends.push(isError) });
    const { answer, sent } = await asking(chat);
    answer.cancelled();
    await sent;

    expect([chat.status, textOf(chat), answer.stops]).toEqual(["ready", "Hel", 0]);
    expect(ends).toEqual([false]);
  });

  test("is not meant by a stream that is cancelled", async () => {
    const page = new AbortController();
    const transport = new RillChatTransport({ rill: server.rill, storage });
    const sent = transport.sendMessages(request(page.signal));
    const answer = await server.answer(0);
    answer.created();
    await (await sent).cancel();
    page.abort();
    await Promise.resolve();

    expect(answer.stops).toBe(0);
    expect(storage.entries).toHaveLength(1);
  });

  test("is not meant by a signal that is aborted after the end", async () => {
    const page = new AbortController();
    const transport = new RillChatTransport({ rill: server.rill, storage });
    const sent = transport.sendMessages(request(page.signal));
    const answer = await server.answer(0);
    answer.running().completed(message("Hello"));
    expect(await chunksOf(await sent)).toContain("finish");
    page.abort();
    await Promise.resolve();

    expect(answer.stops).toBe(0);
  });

  test("is not meant by a chat that reconnects in the same task", async () => {
    const chat = newPage();
    const { answer, sent } = await asking(chat);
    const stopped = chat.stop();
    const resumed = chat.resumeStream();
    await Promise.all([stopped, sent]);
    answer.delta("lo").completed(message("Hello"));
    await resumed;

    expect([answer.stops, server.resumed.length]).toEqual([0, 0]);
    expect([chat.status, textOf(chat)]).toEqual(["ready", "Hello"]);
  });

  test("is not meant by a reconnection before the answer has begun", async () => {
    const chat = newPage();
    const sent = chat.sendMessage({ text: "Hi" });
    const answer = await server.answer(0);
    const stopped = chat.stop();
    const resumed = chat.resumeStream();
    await Promise.all([stopped, sent]);
    answer.running().delta("Hel");
    await until(chat, () => textOf(chat) === "Hel");
    expect(storage.entries).toHaveLength(1);

    answer.completed(message("Hello"));
    await resumed;
    expect([answer.stops, chat.status, textOf(chat)]).toEqual([0, "ready", "Hello"]);
  });
});

/** What a chat gives to its transport. */
function request(signal?: AbortSignal) {
  const messages: UIMessage[] = [{ id: "m1", role: "user", parts: [{ type: "text", text: "Hi" }] }];
  return { trigger: "submit-message", chatId: "c1", messageId: undefined, messages, abortSignal: signal } as const;
}

describe("reconnecting", () => {
  test("after a reload reads the whole answer", async () => {
    await asking(newPage());
    const page = newPage();
    const resumed = page.resumeStream();
    (await server.answer(1)).running().delta("Hel").delta("lo");
    await until(page, () => textOf(page) === "Hello");
    server.answers[1]?.completed(message("Hello"));
    await resumed;

    expect(server.resumed).toEqual([{ id: "resp_1", after: 0 }]);
    expect(page.messages.map(({ id, role }) => `${id} ${role}`)).toEqual(["resp_1 assistant"]);
    expect(textOf(page)).toBe("Hello");
    expect(storage.entries).toHaveLength(0);
  });

  test("replaces what the page has kept of the message", async () => {
    await asking(newPage());
    const kept: UIMessage = {
      id: "resp_1",
      role: "assistant",
      parts: [{ type: "step-start" }, { type: "text", text: "He", state: "streaming" }],
    };
    const page = newPage({ messages: [kept] });
    const resumed = page.resumeStream();
    (await server.answer(1)).running().delta("Hel").completed(message("Hello"));
    await resumed;

    expect(page.messages).toHaveLength(1);
    expect(textOf(page)).toBe("Hello");
  });

  test("reads an answer that has ended while no page was there", async () => {
    await asking(newPage());
    const page = newPage();
    const resumed = page.resumeStream();
    (await server.answer(1)).completed(message("Hello"));
    await resumed;

    expect(textOf(page)).toBe("Hello");
    expect(page.lastMessage?.id).toBe("resp_1");
  });

  test("after tools reads the earlier steps, and calls no tool again", async () => {
    const { chat, second } = await toolLoop();
    second.running().delta("12");
    await until(chat, () => textOf(chat) === "12");
    const called: unknown[] = [];
    const page = newPage({ onToolCall: () => void called.push("again") });
    const resumed = page.resumeStream();
    (await server.answer(2)).running().delta("12 km").completed(message("12 km"));
    await resumed;
    second.delta(" km").completed(message("12 km"));
    await until(chat, () => chat.status === "ready");

    expect(JSON.stringify(page.lastMessage)).toBe(JSON.stringify(chat.lastMessage));
    expect(called).toEqual([]);
  });

  test("in the same page reads the same answer", async () => {
    const transport = new RillChatTransport({ rill: server.rill, storage });
    const sent = transport.sendMessages(request());
    const answer = await server.answer(0);
    answer.running().delta("Hel");
    await (await sent).cancel();
    const stream = await transport.reconnectToStream({ chatId: "c1" });
    answer.completed(message("Hello"));

    expect(await chunksOf(stream)).toEqual([
      "start resp_1",
      "start-step",
      "text-start",
      "text-delta Hel",
      "text-delta lo",
      "text-end",
      "finish-step",
      "finish",
    ]);
    expect(server.resumed).toEqual([]);
  });

  test("finds nothing before the first question and after the end", async () => {
    const chat = newPage();
    await chat.resumeStream();
    const { answer, sent } = await asking(chat);
    answer.completed(message("Hel"));
    await sent;
    await newPage().resumeStream();

    expect(server.resumed).toEqual([]);
    expect(chat.status).toBe("ready");
  });

  test("finds nothing of an answer that another one has followed", async () => {
    await asking(newPage());
    void newPage().sendMessage({ text: "Hi again" });
    await server.answer(1);
    await newPage().resumeStream();

    expect(server.resumed).toEqual([]);
  });

  test("finds nothing if the server has forgotten the response", async () => {
    await asking(newPage());
    const page = newPage();
    const resumed = page.resumeStream();
    (await server.answer(1)).fail(new RillError("not_found", "It does not exist.", { status: 404 }));
    await resumed;

    expect([page.status, page.error, page.messages.length]).toEqual(["ready", undefined, 0]);
    expect(storage.entries).toHaveLength(0);
  });

  test("that fails otherwise is an error, and can be tried again", async () => {
    await asking(newPage());
    const page = newPage();
    const failing = page.resumeStream();
    (await server.answer(1)).fail(new RillError("invalid_token", "It has expired.", { status: 401 }));
    await failing;
    expect([page.status, page.error?.message]).toEqual(["error", "It has expired."]);

    const resumed = page.resumeStream();
    (await server.answer(2)).running().completed(message("Hello"));
    await resumed;
    expect([page.status, textOf(page)]).toEqual(["ready", "Hello"]);
  });

  test("continues after the network was gone for too long", async () => {
    const disconnects: boolean[] = [];
    const chat = newPage({ onFinish: ({ isDisconnect }) => void disconnects.push(isDisconnect) });
    const { answer, sent } = await asking(chat);
    answer.fail(new RillError("unreachable", "The server was not reached for 120 s."));
    await sent;
    expect([chat.status, textOf(chat)]).toEqual(["error", "Hel"]);
    expect(chat.error?.message).toContain("not reached for 120 s");

    const resumed = chat.resumeStream();
    (await server.answer(1)).running().completed(message("Hello"));
    await resumed;
    expect(server.resumed).toEqual([{ id: "resp_1", after: 0 }]);
    expect([chat.status, textOf(chat), ...disconnects]).toEqual(["ready", "Hello", true, false]);
  });

  test.each(["", "{", "[]", '{"responseId": 1}'])("finds nothing in a damaged record: %j", async (record) => {
    storage.setItem("rill:chat:c1", record);

    expect(await new RillChatTransport({ rill: server.rill, storage }).reconnectToStream({ chatId: "c1" })).toBeNull();
  });

  test("works within the page where the storage is full or forbidden", async () => {
    const full: ChatStorage = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
      removeItem: () => {
        throw new DOMException("forbidden", "SecurityError");
      },
    };
    const transport = new RillChatTransport({ rill: server.rill, storage: full });
    const sent = transport.sendMessages(request());
    (await server.answer(0)).running().completed(message("Hello"));
    await (await sent).cancel();
    const stream = await transport.reconnectToStream({ chatId: "c1" });

    expect(await chunksOf(stream)).toContain("text-delta Hello");
  });

  test("is over at once with a signal that was aborted", async () => {
    const transport = new RillChatTransport({ rill: server.rill, storage });
    const abortSignal = AbortSignal.abort();

    await expect(transport.reconnectToStream({ chatId: "c1", abortSignal })).rejects.toThrow(abortSignal.reason);
    await expect(transport.sendMessages(request(abortSignal))).rejects.toThrow(abortSignal.reason);
    expect(server.asked).toEqual([]);
  });
});

/** Types of the chunks, with their id or text. */
async function chunksOf(stream: ReadableStream<UIMessageChunk> | null): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of stream as unknown as AsyncIterable<UIMessageChunk>) {
    const detail = "delta" in chunk ? chunk.delta : "messageId" in chunk ? chunk.messageId : undefined;
    chunks.push(detail === undefined ? chunk.type : `${chunk.type} ${detail}`);
  }
  return chunks;
}

describe("an error", () => {
  test("before the answer has the page's own field", async () => {
    const chat = newPage();
    const sent = chat.sendMessage({ text: "Hi" });
    const details = { status: 400, type: "invalid_request_error", param: "input[0].content" };
    (await server.answer(0)).fail(new RillError("too_long", "Too long: 'input[0].content'.", details));
    await sent;

    expect(chat.status).toBe("error");
    expect(chat.error).toMatchObject({ code: "too_long", status: 400, param: "messages[0]" });
    expect(chat.error?.message).toBe("Too long: 'messages[0]'.");
  });

  test("of the page's own request comes before the server is asked", async () => {
    const chat = newPage();
    await chat.sendMessage({ files: [{ type: "file", mediaType: "image/png", url: "blob:x" }] });

    expect(chat.error).toMatchObject({ code: "invalid_value", param: "messages[0].parts[0].url" });
    expect(server.asked).toEqual([]);
  });

  test("amid the answer keeps what was written", async () => {
    const ends: unknown[] = [];
    const chat = newPage({ onFinish: ({ isError }) => void ends.push(isError) });
    const { answer, sent } = await asking(chat);
    answer.failed("model_disconnected", "The model broke off.");
    await sent;

    expect([chat.status, chat.error?.message, textOf(chat)]).toEqual(["error", "The model broke off.", "Hel"]);
    expect(ends).toEqual([true]);
  });

  test("leaves the chat usable", async () => {
    const chat = newPage();
    const { answer, sent } = await asking(chat);
    answer.failed("model_disconnected", "The model broke off.");
    await sent;
    const again = chat.sendMessage({ text: "Go on" });
    (await server.answer(1)).running().completed(message("lo"));
    await again;

    expect([chat.status, textOf(chat)]).toEqual(["ready", "lo"]);
  });
});
