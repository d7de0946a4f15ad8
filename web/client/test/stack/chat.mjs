// Chats of the AI SDK over the transport of the built client, against a running stack: `./rill up`, then
// `npm run test:stack`. RILL_URL and RILL_API_KEY name another stack and a key of it.
import { Chat as SdkChat } from "@ai-sdk/react";
import { lastAssistantMessageIsCompleteWithToolCalls } from "ai";
import { Rill } from "rill-client";
import { RillChatTransport } from "rill-client/ai-sdk";
import {
  assert,
  attempt,
  everyFunction,
  model,
  parameters,
  riverPrompt,
  rivers,
} from "../../../../tests/clients/check.mjs";

const url = process.env.RILL_URL ?? "http://localhost:3000";
const token = process.env.RILL_API_KEY || undefined;
const tools = everyFunction.map((name) => ({ type: "function", name, parameters, strict: true }));

/** A storage of a tab: it outlives the page. */
function newTab() {
  const entries = new Map();
  return {
    entries,
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => entries.set(key, value),
    removeItem: (key) => entries.delete(key),
  };
}

class Chat extends SdkChat {
  /** The text of the assistant's last message. */
  get text() {
    return this.parts("text")
      .map((part) => part.text)
      .join("");
  }

  /** The parts of this type of the assistant's last message. */
  parts(type) {
    const last = this.messages.findLast((message) => message.role === "assistant");
    return (last?.parts ?? []).filter((part) => (type.test ? type.test(part.type) : part.type === type));
  }

  /** Waits until the chat is as `isSo` wants it; fails with the chat's error. */
  until(isSo) {
    return new Promise((resolve, reject) => {
      const unsubscribes = [];
      const check = () => {
        if (this.error || isSo(this)) {
          for (const unsubscribe of unsubscribes) unsubscribe();
          this.error ? reject(this.error) : resolve();
        }
      };
      unsubscribes.push(this["~registerMessagesCallback"](check), this["~registerStatusCallback"](check));
      check();
    });
  }
}

/** A page that was loaded just now. */
function newPage({ tab = newTab(), body, transport, ...options } = {}) {
  const rill = new Rill({ url, token, transport });
  const chat = new Chat({
    id: "c1",
    transport: new RillChatTransport({ rill, storage: tab, body: { model, ...body } }),
    ...options,
  });
  return { chat, rill, tab };
}

/** A page that executes the three functions. */
function riverPage(options) {
  const called = [];
  const page = newPage({
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
    onToolCall({ toolCall: { toolName: tool, toolCallId, input } }) {
      assert.equal(typeof input.river, "string");
      called.push(tool);
      page.chat.addToolOutput({ tool, toolCallId, output: rivers[tool]() });
    },
    ...options,
    body: { tools, ...options?.body },
  });
  return { ...page, called };
}

/** The response object of a stored answer, after the model was stopped. */
async function responseOf(id) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`${url}/v1/responses/${id}`, { headers });
  return answer.json();
}

const things = {
  "an answer over the socket": async () => {
    const { chat, rill, tab } = newPage();
    await chat.sendMessage({ text: "/echo hello" });
    if (chat.error) throw chat.error;
    assert.equal(chat.text, "hello");
    assert.match(chat.lastMessage.id, /^resp_/);
    assert.equal(rill.connection, "open");
    assert.equal(tab.entries.size, 0);
    rill.close();
  },

  "an answer over HTTP": async () => {
    const { chat } = newPage({ transport: "http" });
    await chat.sendMessage({ text: "/echo hello" });
    if (chat.error) throw chat.error;
    assert.equal(chat.text, "hello");
  },

  "a second question, and another answer to it": async () => {
    const { chat, rill } = newPage();
    await chat.sendMessage({ text: "/echo one" });
    await chat.sendMessage({ text: "/echo two" });
    assert.equal(chat.text, "two");
    await chat.regenerate();
    if (chat.error) throw chat.error;
    assert.equal(chat.text, "two");
    assert.equal(chat.messages.length, 4);
    rill.close();
  },

  "tools that the page executes": async () => {
    const { chat, rill, called } = riverPage();
    await chat.sendMessage({ text: riverPrompt });
    await chat.until(() => chat.text.length > 0 && chat.status === "ready");
    assert.deepEqual(called.sort(), everyFunction);
    assert.equal(chat.messages.length, 2, "the answer continues the message with the calls");
    assert.ok(chat.parts(/^tool-/).every((part) => part.state === "output-available"));
    rill.close();
    return `${chat.parts("step-start").length} steps`;
  },

  "tools with encrypted reasoning": async () => {
    const reasoning = { effort: "medium", summary: "auto" };
    const { chat, rill, called } = riverPage({ body: { reasoning, parallel_tool_calls: false } });
    await chat.sendMessage({ text: riverPrompt });
    await chat.until(() => chat.text.length > 0 && chat.status === "ready");
    assert.deepEqual(called.sort(), everyFunction);
    const encrypted = chat.parts("reasoning").filter((part) => part.providerMetadata?.openai.reasoningEncryptedContent);
    assert.ok(encrypted.length >= 3, `${encrypted.length} parts`);
    rill.close();
  },

  "an image": async () => {
    const pixel =
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const { chat, rill } = newPage();
    await chat.sendMessage({
      text: "What is this?",
      files: [{ type: "file", mediaType: "image/png", url: pixel }],
    });
    if (chat.error) throw chat.error;
    assert.ok(chat.text.length > 0);
    rill.close();
  },

  "stop reaches the model": async () => {
    const { chat, rill, tab } = newPage({ body: { store: true } });
    const sent = chat.sendMessage({ text: "/slow 100 /count 300" });
    await chat.until(() => chat.text.length > 8);
    const id = chat.lastMessage.id;
    const other = new Rill({ url, token });
    const along = other.resume(id);
    await chat.stop();
    await sent;
    assert.equal(chat.status, "ready");
    assert.equal((await along.done).status, "cancelled");
    assert.equal((await responseOf(id)).status, "cancelled");
    assert.equal(tab.entries.size, 0);
    rill.close();
    other.close();
  },

  "a page that is loaded again goes on": async () => {
    const first = newPage();
    first.chat.sendMessage({ text: "/slow 50 /count 60" });
    await first.chat.until(() => first.chat.text.length > 8);
    const seen = first.chat.text;
    first.rill.close();
    const second = newPage({ tab: first.tab });
    await second.chat.resumeStream();
    if (second.chat.error) throw second.chat.error;
    assert.ok(second.chat.text.startsWith(seen));
    assert.ok(second.chat.text.endsWith(" 60"), second.chat.text);
    assert.equal(second.tab.entries.size, 0);
    second.rill.close();
  },

  "a page that is loaded after the end has the answer": async () => {
    const first = newPage();
    first.chat.sendMessage({ text: "/slow 20 /count 20" });
    await first.chat.until(() => first.chat.text.length > 8);
    const id = first.chat.lastMessage.id;
    const along = new Rill({ url, token });
    const done = along.resume(id, { after: 0 }).done;
    first.rill.close();
    await done;
    const second = newPage({ tab: first.tab });
    await second.chat.resumeStream();
    if (second.chat.error) throw second.chat.error;
    assert.ok(second.chat.text.endsWith(" 20"), second.chat.text);
    assert.equal(second.chat.lastMessage.id, id);
    second.rill.close();
    along.close();
  },

  "an answer after tools is read again with their message": async () => {
    const first = riverPage();
    const sent = first.chat.sendMessage({ text: `${riverPrompt} /slow 60 /count 40` });
    await first.chat.until(() => first.chat.text.length > 8);
    const again = [];
    const second = newPage({ tab: first.tab, onToolCall: () => again.push("again") });
    await second.chat.resumeStream();
    if (second.chat.error) throw second.chat.error;
    await sent;
    await first.chat.until(() => first.chat.status === "ready");
    assert.deepEqual(second.chat.parts(/^tool-/), first.chat.parts(/^tool-/));
    assert.equal(second.chat.text, first.chat.text);
    assert.equal(second.chat.lastMessage.id, first.chat.lastMessage.id);
    assert.deepEqual(again, []);
    first.rill.close();
    second.rill.close();
  },

  "a response that is gone is nothing to resume": async () => {
    const tab = newTab();
    tab.setItem("rill:chat:c1", JSON.stringify({ responseId: `resp_${"0".repeat(32)}`, earlier: [] }));
    const { chat, rill } = newPage({ tab });
    await chat.resumeStream();
    assert.equal(chat.status, "ready");
    assert.equal(chat.error, undefined);
    assert.equal(tab.entries.size, 0);
    rill.close();
  },

  "a refused request": async () => {
    const { chat, rill } = newPage();
    await chat.sendMessage({ text: "Hi" }, { body: { temperature: "hot" } });
    assert.equal(chat.status, "error");
    assert.equal(chat.error.code, "invalid_type");
    assert.equal(chat.error.param, "temperature");
    rill.close();
  },

  "an error amid the answer": async () => {
    const { chat, rill } = newPage();
    await chat.sendMessage({ text: "/slow 5 /count 9 /break 5" });
    assert.equal(chat.status, "error");
    assert.ok(chat.error.message.length > 0);
    assert.ok(chat.text.startsWith("1 2"));
    chat.clearError();
    await chat.sendMessage({ text: "/echo on" });
    assert.equal(chat.text, "on");
    rill.close();
  },
};

await attempt(things);
