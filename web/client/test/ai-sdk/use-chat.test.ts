// @vitest-environment happy-dom
import { type UseChatHelpers, useChat } from "@ai-sdk/react";
import type { UIMessage } from "ai";
import { act } from "react";
import { beforeEach, expect, test } from "vitest";
import { RillChatTransport } from "../../src/ai-sdk/index.js";
import { rendered } from "../react/rendering.js";
import type { FakeResponse } from "../server.js";
import { World } from "../world.js";

interface PageProps {
  transport: RillChatTransport;
  resume: boolean;
  /** What the hook has returned at each render. */
  given: UseChatHelpers<UIMessage>[];
}

function Page({ transport, resume, given }: PageProps) {
  const chat = useChat({ id: "c1", transport, resume });
  given.push(chat);
  const parts = chat.messages.filter(({ role }) => role === "assistant").flatMap((message) => message.parts);
  return `${chat.status}: ${parts.map((part) => (part.type === "text" ? part.text : "")).join("")}`;
}

let world: World;

beforeEach(() => {
  world = new World();
  sessionStorage.clear();
});

/** Loads the page in the tab. */
function load({ resume = false, strict = false } = {}) {
  const given: UseChatHelpers<UIMessage>[] = [];
  const transport = new RillChatTransport({ rill: world.rill() });
  const page = rendered(Page, { transport, resume, given }, strict);
  return { ...page, chat: () => given.at(-1) as UseChatHelpers<UIMessage> };
}

/** Lets virtual time pass. */
function pass(milliseconds: number): Promise<void> {
  return act(() => world.clock.pass(milliseconds));
}

/** Asks, and shows the first word of the answer. */
async function ask(page: ReturnType<typeof load>): Promise<FakeResponse> {
  world.server.play = (response) => {
    response.emitState("in_progress");
    response.delta("Rivers ");
  };
  await act(async () => void page.chat().sendMessage({ text: "How do rivers form?" }));
  await pass(1_000);
  expect(page.container.textContent).toBe("streaming: Rivers ");
  return world.server.response;
}

test("chat shows an answer while it is written", async () => {
  const page = load();
  const response = await ask(page);
  response.delta("form.");
  await pass(100);
  expect(page.container.textContent).toBe("streaming: Rivers form.");

  response.end();
  await pass(100);
  expect(page.container.textContent).toBe("ready: Rivers form.");
  expect(page.chat().messages.at(-1)?.id).toBe(response.id);
  expect(response.request).toMatchObject({ store: false, include: ["reasoning.encrypted_content"] });
});

test("chat does not notice a lost socket", async () => {
  const page = load();
  const response = await ask(page);
  world.server.socket.cut();
  response.delta("form ");
  await pass(10_000);
  response.delta("slowly.");
  response.end();
  await pass(100);

  expect(page.container.textContent).toBe("ready: Rivers form slowly.");
  expect(world.server.handshakes).toHaveLength(2);
});

test("stop reaches the model", async () => {
  const page = load();
  const response = await ask(page);
  await act(() => page.chat().stop());
  await pass(100);

  expect(response.cancelled).toBe(true);
  expect(page.container.textContent).toBe("ready: Rivers ");
});

test("unmounted chat stops the model", async () => {
  const page = load();
  const response = await ask(page);
  await page.unmount();
  await pass(100);

  expect(response.cancelled).toBe(true);
});

test.each([false, true])("page that was loaded again goes on; strict mode: %s", async (strict) => {
  const response = await ask(load());
  world.server.socket.cut();
  const page = load({ resume: true, strict });
  await pass(1_000);
  expect(page.container.textContent).toBe("streaming: Rivers ");

  response.delta("form.");
  response.end();
  await pass(100);
  expect(page.container.textContent).toBe("ready: Rivers form.");
  expect(page.chat().messages.map(({ id }) => id)).toEqual([response.id]);
  expect(response.cancelled).toBe(false);
  expect(sessionStorage).toHaveLength(0);
});

test("page that is loaded after the end shows the answer", async () => {
  const response = await ask(load());
  world.server.socket.cut();
  response.delta("form.");
  response.end();
  const page = load({ resume: true });
  await pass(1_000);

  expect(page.container.textContent).toBe("ready: Rivers form.");
});

test("page that has nothing to resume is ready at once", async () => {
  const page = load({ resume: true, strict: true });
  await pass(1_000);

  expect(page.container.textContent).toBe("ready: ");
  expect(world.server.handshakes).toHaveLength(0);
});

test("refused request is the chat's error", async () => {
  const page = load();
  world.server.refusal = { status: 429, code: "rate_limit_exceeded", retryAfter: 7 };
  await act(async () => void page.chat().sendMessage({ text: "Hi" }));
  await pass(60_000);

  expect(page.container.textContent).toBe("error: ");
  expect(page.chat().error).toMatchObject({ code: "rate_limit_exceeded", status: 429 });
});
