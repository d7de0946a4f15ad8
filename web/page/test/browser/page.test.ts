import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  answer,
  ask,
  card,
  launchChromium,
  missingChromium,
  newPage as newPageOf,
  type Place,
  patience,
  state,
  violations,
} from "./chromium.js";
import { expectFocusOn, tabTo } from "./keyboard.js";
import { ScriptedServer, type ServerOptions } from "./scripted-server.js";

const reason = missingChromium();
if (reason) {
  console.log(`Skipped: the page's tests in a browser, since ${reason}.`);
}

let browser: Browser;
const cleanups: (() => Promise<void>)[] = [];

describe.skipIf(reason)("the page in Chromium", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) {
      await cleanup();
    }
  });
  afterAll(() => browser?.close());

  it("says what the two sides are before the first question", async () => {
    const { page } = await open();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await page.getByRole("region", { name: "WebSocket" }).isVisible()).toBe(true);
    expect(await page.getByRole("region", { name: "Response streaming (HTTP)" }).isVisible()).toBe(true);
    expect(await page.getByRole("textbox", { name: "Your question" }).getAttribute("placeholder")).toBe(
      "Ask anything …",
    );
  });

  it("shows both answers while they are written", async () => {
    const { page, server } = await open();
    await ask(page, "Why?");
    const [left, right] = await server.questions();
    expect([left.prompt, right.prompt]).toEqual(["Why?", "Why?"]);
    left.begin().delta("Left **so far**");
    await answer(page, "left").getByText("so far").waitFor();
    right.queue();
    await state(page, "right", /Queued for \d+ s/);
    right.run().delta("Right");
    await answer(page, "right").getByText("Right").waitFor();
    left.delta("!").complete();
    right.complete();
    await state(page, "left", "Complete");
    await state(page, "right", "Complete");
    expect(await card(page, "left").getByRole("definition").last().textContent()).toBe("7 / 21");
  });

  it("draws both timelines on the scale of the longer answer", async () => {
    const { page, server } = await open();
    await page.clock.install();
    await ask(page, "How long?");
    const [left, right] = await server.questions();
    left.begin().delta("short").complete();
    await state(page, "left", "Complete");
    await card(page, "left").getByText("2 s", { exact: true }).waitFor();
    await page.clock.fastForward(3_000);
    right.begin().delta("long");
    await card(page, "right").getByText("5 s", { exact: true }).waitFor();
    await card(page, "left").getByText("5 s", { exact: true }).waitFor();
  });

  it("grows the scale of an ended answer while the other one is silent", async () => {
    const { page, server } = await open();
    await page.clock.install();
    await ask(page, "How silent?");
    const [left, right] = await server.questions();
    left.begin().delta("short").complete();
    right.begin();
    await state(page, "left", "Complete");
    await state(page, "right", "Answering");
    await card(page, "left").getByText("2 s", { exact: true }).waitFor();
    await page.clock.fastForward(3_000);
    await card(page, "right").getByText("5 s", { exact: true }).waitFor();
    await card(page, "left").getByText("5 s", { exact: true }).waitFor();
  });

  it("continues each side's own conversation", async () => {
    const { page, server } = await open();
    await ask(page, "One");
    const first = await server.questions();
    for (const response of first) response.begin().delta("1").complete();
    await state(page, "left", "Complete");
    await state(page, "right", "Complete");
    await ask(page, "Two");
    const second = await server.questions();
    expect(second.map(({ request }) => request.previous_response_id)).toEqual(first.map(({ id }) => id));
  });

  it("stops one side, and both by Escape", async () => {
    const { page, server } = await open();
    await ask(page, "Long");
    const [left, right] = await server.questions();
    left.begin().delta("a");
    right.begin().delta("b");
    await card(page, "right").getByRole("button", { name: "Stop" }).click();
    await right.stopped;
    await state(page, "right", "Stopped");
    await state(page, "left", "Answering");
    await page.keyboard.press("Escape");
    await left.stopped;
    await state(page, "left", "Stopped");
  });

  it("moves the focus from a stopped answer's button to its text", async () => {
    const { page, server } = await open();
    await ask(page, "Long");
    const [left, right] = await server.questions();
    left.begin().delta("a");
    right.begin().delta("b");
    await state(page, "right", "Answering");
    await tabTo(page, "Stop", /^Left answer/);
    await page.keyboard.press("Enter");
    await state(page, "left", "Stopped");
    await expectFocusOn(page, "Text over WebSocket");
    await tabTo(page, "Stop", /^Right answer/);
    right.complete();
    await state(page, "right", "Complete");
    await expectFocusOn(page, "Text over Response streaming (HTTP)");
  });

  it("asks one side again", async () => {
    const { page, server } = await open();
    await ask(page, "Again?");
    const [left, right] = await server.questions();
    left.begin().fail("model_timeout", "It took too long.");
    right.begin().delta("b").complete();
    await state(page, "left", "Failed: the model took too long");
    await card(page, "left").getByRole("button", { name: "Ask again" }).click();
    const again = await server.question("websocket");
    again.begin().delta("better").complete();
    await answer(page, "left").getByText("better").waitFor();
    await answer(page, "right").getByText("b", { exact: true }).waitFor();
  });

  it("says in words why an answer is incomplete", async () => {
    const { page, server } = await open();
    await ask(page, "Much");
    const [left, right] = await server.questions();
    left.begin().delta("a").incomplete("max_output_tokens");
    right.begin().delta("a").incomplete("tired");
    await state(page, "left", "Incomplete: it reached its limit of tokens");
    await state(page, "right", "Incomplete: the model says “tired”");
  });

  it("goes on after the page has cut the socket", async () => {
    const { page, server } = await open({ model: "big-model" });
    await ask(page, "Cut me");
    const [left] = await server.questions();
    left.begin().delta("before ");
    await answer(page, "left").getByText("before").waitFor();
    expect(await page.getByRole("button", { name: "Kill the worker" }).count()).toBe(0);
    await page.getByRole("button", { name: "Cut the socket" }).click();
    await page.getByText("The socket was cut.").waitFor();
    left.delta("after").complete();
    await answer(page, "left").getByText("before after").waitFor();
    await card(page, "left").getByText("resumed", { exact: true }).first().waitFor();
    expect(server.handshakes).toBe(2);
  });

  it("lets the server cut the socket and kill the worker where it allows faults", async () => {
    const { page, server } = await open({ faults: true });
    await ask(page, "Kill me");
    const [left] = await server.questions();
    left.begin().delta("lost");
    await answer(page, "left").getByText("lost").waitFor();
    await page.getByRole("button", { name: "Kill the worker" }).click();
    await page.getByText("The worker was killed.").waitFor();
    left.restart().delta("found").complete();
    await card(page, "left").getByText("restarted, attempt 2").first().waitFor();
    await answer(page, "left").getByText("found").waitFor();
    expect(server.faults).toEqual(["kill-worker"]);
  });

  it("opens the same answers elsewhere by the link, and follows them", async () => {
    const { page, server, context } = await open();
    await ask(page, "Shared");
    const [left, right] = await server.questions();
    left.begin().delta("one ");
    right.begin().delta("uno ");
    await page.waitForURL(/#\/a\/resp_\w+,resp_\w+$/);
    const other = await context.newPage();
    await other.goto(page.url());
    await answer(other, "left").getByText("one").waitFor();
    left.delta("two").complete();
    right.delta("due").complete();
    await answer(other, "left").getByText("one two").waitFor();
    await answer(other, "right").getByText("uno due").waitFor();
    await other.getByRole("heading", { name: "Shared" }).waitFor();
  });

  it("finds the question of a link's answers at the server", async () => {
    const { page, server } = await open();
    await ask(page, "From another browser");
    const [left, right] = await server.questions();
    left.begin().delta("one").complete();
    right.begin().delta("uno").complete();
    await page.waitForURL(/#\/a\//);
    const elsewhere = await newPage();
    await elsewhere.page.goto(page.url());
    await elsewhere.page.getByRole("heading", { name: "From another browser" }).waitFor();
    await answer(elsewhere.page, "right").getByText("uno").waitFor();
  });

  it("lists earlier conversations, opens one and clears the list", async () => {
    const { page, server } = await open();
    await ask(page, "Remember me");
    const [left, right] = await server.questions();
    left.begin().delta("kept").complete();
    right.begin().delta("too").complete();
    await page.waitForURL(/#\/a\//);
    await state(page, "right", "Complete");
    await page.getByRole("button", { name: "New", exact: true }).click();
    expect(new URL(page.url()).hash).toBe("");
    await page.getByRole("button", { name: "History" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remember me" }).click();
    await answer(page, "left").getByText("kept").waitFor();
    await page.getByRole("button", { name: "History" }).click();
    await page.getByRole("button", { name: "Clear the list" }).click();
    await page.getByRole("dialog").getByText("There are none yet.").waitFor();
  });

  it("shares the list of conversations with another tab", async () => {
    const { page, server, context } = await open();
    const other = await context.newPage();
    await other.goto(server.url);
    await other.getByRole("button", { name: "History" }).click();
    await other.getByRole("dialog").getByText("There are none yet.").waitFor();
    await ask(page, "Asked here");
    for (const response of await server.questions()) response.begin().delta("a").complete();
    await other.getByRole("dialog").getByRole("button", { name: "Asked here" }).waitFor();
    await other.getByRole("button", { name: "Clear the list" }).click();
    await page.getByRole("button", { name: "History" }).click();
    await page.getByRole("dialog").getByText("There are none yet.").waitFor();
    await page.keyboard.press("Escape");
    await ask(page, "Asked later");
    for (const response of await server.questions()) response.begin().delta("a").complete();
    await other.getByRole("dialog").getByRole("button", { name: "Asked later" }).waitFor();
    expect(await other.getByRole("dialog").getByRole("listitem").allTextContents()).toEqual([
      expect.stringMatching(/^Asked later.* · 1 question$/),
    ]);
  });

  it("says of a conversation that was left that it is answered", async () => {
    const { page, server } = await open();
    await ask(page, "Long");
    const [left, right] = await server.questions();
    left.begin();
    right.begin();
    await page.waitForURL(/#\/a\//);
    await page.getByRole("button", { name: "New", exact: true }).click();
    await page.getByRole("button", { name: "History" }).click();
    await page.getByRole("button", { name: "Clear the list" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Long.*Answering$/ })
      .click();
    await page.keyboard.press("Escape");
    await Promise.all([left.stopped, right.stopped]);
    await state(page, "left", "Stopped");
  });

  it("fetches a long question of an earlier conversation", async () => {
    const { page, server } = await open();
    const question = `Begin ${"and so on ".repeat(300)}end`;
    await ask(page, question);
    for (const response of await server.questions()) response.begin().delta("a").complete();
    await page.waitForURL(/#\/a\//);
    await page.route("**/input_items*", (route) => route.abort());
    await page.reload();
    await state(page, "left", "Complete");
    await page.getByRole("button", { name: "Show all of it" }).first().click();
    expect(await page.locator(".prompt-text").textContent()).toBe(`${question.slice(0, 2_000)} …`);
    expect(await card(page, "left").getByRole("button", { name: "Ask again" }).count()).toBe(0);
    await page.unroute("**/input_items*");
    await page.reload();
    await card(page, "left").getByRole("button", { name: "Ask again" }).click();
    expect((await server.question("websocket")).prompt).toBe(question);
  });

  it("asks for a key, keeps it in memory alone, and says when it is refused", async () => {
    const { page, server } = await open({ key: "secret-key" });
    const key = page.getByLabel("API key or token");
    await key.waitFor();
    await ask(page, "Closed?");
    expect(await key.evaluate((box) => box === document.activeElement)).toBe(true);
    await key.fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("The server does not accept it.").waitFor();
    await key.fill("secret-key");
    await page.getByRole("button", { name: "Use it" }).click();
    await key.waitFor({ state: "detached" });
    await page.getByRole("textbox", { name: "Your question" }).press("Enter");
    const [left, right] = await server.questions();
    left.begin().delta("open").complete();
    right.begin().delta("open").complete();
    await state(page, "left", "Complete");
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + location.href);
    expect(kept).not.toContain("secret-key");
  });

  it("asks with the model and the transports of the settings", async () => {
    const { page, server } = await open();
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByLabel("Model", { exact: true }).selectOption("other-model");
    await page.getByLabel("Left answer goes over").selectOption("http");
    await page.keyboard.press("Escape");
    await ask(page, "Twice by HTTP");
    const both = [await server.question("http"), await server.question("http")];
    expect(both.map(({ request }) => request.model)).toEqual(["other-model", "other-model"]);
  });

  it("shows the simulated model's commands only for that model", async () => {
    const simulated = await open();
    await simulated.page.getByRole("button", { name: "Slow writer" }).waitFor();
    const real = await open({ model: "big-model" });
    await real.page.getByRole("button", { name: "How do rivers form?" }).waitFor();
    expect(await real.page.getByRole("button", { name: "Slow writer" }).count()).toBe(0);
  });

  it("works by keyboard alone", async () => {
    const { page, server } = await open();
    await page.getByRole("button", { name: "How do rivers form?" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.type("First line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("second line");
    await page.keyboard.press("Enter");
    const [left, right] = await server.questions();
    expect(left.prompt).toBe("First line\nsecond line");
    left.begin().delta("a").complete();
    right.begin().delta("a").complete();
    await state(page, "right", "Complete");
    const reached = new Set<string>();
    for (let press = 0; press < 40; press++) {
      await page.keyboard.press("Tab");
      reached.add(
        await page.evaluate(
          () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "",
        ),
      );
    }
    const wanted = ["New", "History", "Settings", "Ask again", "Copy", "Copy link", "Examples", "Your question"];
    expect([...reached]).toEqual(expect.arrayContaining(wanted));
    expect([...reached].some((name) => name === "Text over WebSocket")).toBe(true);
  });

  it("scrolls what gets the focus out from behind the head", async () => {
    const { page, server } = await open({}, { viewport: { width: 800, height: 640 } });
    for (const question of ["First", "Second"]) {
      await ask(page, question);
      for (const response of await server.questions()) response.begin().delta("a").complete();
      await state(page, "left", "Complete");
      await state(page, "right", "Complete");
    }
    const first = page.getByRole("article", { name: /^Left answer: / }).first();
    const copy = first.getByRole("button", { name: "Copy", exact: true });
    await copy.focus();
    await copy.evaluate((button) => scrollBy({ top: button.getBoundingClientRect().top - 14, behavior: "instant" }));
    expect(await copy.evaluate((button) => button.getBoundingClientRect().top)).toBeLessThan(30);
    await page.keyboard.press("Tab");
    await expectFocusOn(page, "Show all of it");
  });

  it("stays where the reader has scrolled, and follows at the end", async () => {
    const { page, server } = await open();
    await ask(page, "Long");
    const [left] = await server.questions();
    left.begin().delta("line\n\n".repeat(100));
    const box = answer(page, "left");
    await expect.poll(() => distanceToEnd(page), { timeout: patience }).toBeLessThan(2);
    await box.hover();
    await page.mouse.wheel(0, -400);
    await expect.poll(() => distanceToEnd(page), { timeout: patience }).toBeGreaterThan(300);
    const before = await box.evaluate((element) => element.scrollTop);
    left.delta("more\n\n".repeat(50)).delta("END");
    await box.getByText("END").waitFor();
    expect(await box.evaluate((element) => element.scrollTop)).toBe(before);
  });

  it("keeps only the near part of a very long answer in the document", { timeout: 120_000 }, async () => {
    const { page, server } = await open();
    await ask(page, "Very long");
    const [left, right] = await server.questions();
    const paragraph = (n: number) => `Paragraph ${n}: ${"many words follow here ".repeat(40)}`;
    const text = (count: number) => Array.from({ length: count }, (_, n) => paragraph(n)).join("\n\n");
    const [short, long] = [text(300), text(1_200)];
    right.begin().delta(short).complete();
    left.begin().delta(long).complete();
    const end = (place: Place) =>
      answer(page, place).evaluate((box) => box.querySelector(".markdown")?.lastElementChild?.textContent ?? "");
    await expect.poll(() => end("right"), { timeout: patience }).toContain("Paragraph 299:");
    await expect.poll(() => end("left"), { timeout: 50_000, interval: 500 }).toContain("Paragraph 1199:");
    const kept = (place: Place) => answer(page, place).evaluate((box) => box.textContent.length);
    expect(await kept("right")).toBeGreaterThan(short.length * 0.99);
    expect(await kept("left")).toBeLessThan(long.length * 0.75);
    const box = answer(page, "left");
    const height = await box.evaluate((element) => element.scrollHeight);
    for (const share of [0.9, 0.8]) {
      await box.evaluate((element, to) => element.scrollTo(0, element.scrollHeight * to), share);
      await expect.poll(() => box.evaluate(textInMiddle), { timeout: patience }).toMatch(/many words follow/);
    }
    const changed = (await box.evaluate((element) => element.scrollHeight)) / height;
    expect(Math.abs(changed - 1)).toBeLessThan(0.01);
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    expect(await kept("left")).toBeGreaterThan(long.length * 0.99);
  });

  it("prints all of an answer", async () => {
    const { page, server } = await open();
    await ask(page, "On paper");
    const [left, right] = await server.questions();
    left.begin().delta("line\n\n".repeat(300)).complete();
    right.begin().delta("line").complete();
    await answer(page, "left").getByText("line").nth(299).waitFor();
    await state(page, "right", "Complete");
    const printed = (await page.pdf()).toString("latin1");
    expect(printed.match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(5);
  });

  it("speaks Japanese to a Japanese browser", async () => {
    const { page } = await open({}, { locale: "ja-JP" });
    await page.getByRole("button", { name: "質問する" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("ja");
    expect(await page.locator("#page").textContent()).not.toMatch(/[A-Za-z]{3,} [a-z]{3,} [a-z]{3,}/);
  });

  it("opens no other host and breaks no rule of its policy", async () => {
    const { page, server, problems, hosts } = await open();
    await ask(page, "Quiet?");
    const [left, right] = await server.questions();
    left.begin().delta("```js\nconst a = 1;\n```\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |\n").complete();
    right.begin().delta("ok").complete();
    await state(page, "left", "Complete");
    await state(page, "right", "Complete");
    expect(problems).toEqual([]);
    expect([...hosts]).toEqual([new URL(server.url).host]);
  });

  const looks: [string, BrowserContextOptions][] = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["phone", { viewport: { width: 360, height: 740 }, colorScheme: "light" }],
    ["Japanese", { locale: "ja-JP", colorScheme: "dark" }],
  ];
  it.each(looks)("has no violation that axe knows: %s", async (_, options) => {
    const { page, server } = await open({ faults: true }, options);
    await page.locator(".chip").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await page.locator("textarea").fill("Accessible?");
    await page.keyboard.press("Enter");
    const [left, right] = await server.questions();
    left
      .begin()
      .delta("# Title\n\n`code` and [a link](https://example.org)\n\n```js\nlet a = 1;\n```\n\n| a |\n|---|\n| 1 |\n");
    right.begin().delta("Text").fail("model_timeout", "x");
    await page.locator(".card-right[data-phase=failed]").waitFor();
    await page.locator(".card-left pre").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.locator(".top nav button").nth(2).click();
    await page.getByRole("dialog").waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("shows a long question by its first words until it is unfolded", async () => {
    const { page, server } = await open();
    const question = `# Title\n\nThe **first** words end here.\n\n${"More of it. ".repeat(20)}\n\nLast line`;
    await ask(page, question);
    await server.questions();
    const text = page.locator(".prompt-text");
    expect(await text.textContent()).toMatch(/^Title\nThe first words end here\.\nMore/);
    const room = await text.evaluate((box) => box.clientHeight / Number.parseFloat(getComputedStyle(box).lineHeight));
    expect(Math.round(room)).toBe(2);
    await page.getByRole("button", { name: "Show all of it" }).first().click();
    expect(await text.textContent()).toBe(question);
    await page.getByRole("button", { name: "Show less" }).first().click();
    expect(await text.textContent()).not.toContain("**");
  });

  it("keeps head, question, both answers and composer in view", async () => {
    const { page, server } = await open({}, { viewport: { width: 1280, height: 800 } });
    for (const question of ["First", `${"Second, and long. ".repeat(20)}`]) {
      await ask(page, question);
      const both = await server.questions();
      for (const response of both) response.begin().delta("line\n\n".repeat(50));
      await card(page, "right").getByText("line").nth(49).waitFor();
      const newest = page.locator(".turn[data-last]");
      for (const part of [page.locator(".top"), newest.locator("h2"), newest.locator(".sides")]) {
        const seen = () => part.evaluate(isInView);
        await expect.poll(seen, { timeout: patience }).toBe(true);
      }
      for (const response of both) response.complete();
      await state(page, "left", "Complete");
      await state(page, "right", "Complete");
    }
  });

  it.each([900, 1280])("shows the parts of both cards at one height: %i pixels wide", async (width) => {
    const { page, server } = await open({}, { viewport: { width, height: 700 } });
    await ask(page, "Uneven?");
    const [left, right] = await server.questions();
    left.begin().delta("fine").complete();
    right.begin().fail("odd_code", "A long reason, of which the server has much to say. ".repeat(5));
    await page.locator(".card-right[data-phase=failed]").waitFor();
    for (const part of [".state", ".timeline", ".figures", ".answer"]) {
      const tops = await page.locator(part).evaluateAll((boxes) => boxes.map((box) => box.getBoundingClientRect().top));
      expect(tops[0], part).toBe(tops[1]);
    }
  });

  it("marks the items of an answer's list", async () => {
    const { page, server } = await open();
    await ask(page, "List");
    const [left] = await server.questions();
    left.begin().delta("- one\n- two\n\n1. three\n").complete();
    const items = answer(page, "left").locator("li");
    await items.nth(2).waitFor();
    const marks = await items.evaluateAll((all) => all.map((item) => getComputedStyle(item).listStyleType));
    expect(marks).toEqual(["disc", "disc", "decimal"]);
  });

  it("shows both sides and the question's box on a small phone", async () => {
    const { page } = await open({}, { viewport: { width: 360, height: 640 } });
    await page.locator(".chip").first().waitFor();
    const composer = await page.locator(".composer").evaluate((box) => box.getBoundingClientRect().top);
    const cards = await page
      .locator(".card")
      .evaluateAll((all) => all.map((box) => box.getBoundingClientRect().bottom));
    expect(Math.max(...cards)).toBeLessThanOrEqual(composer);
    const chips = await page
      .locator(".chip")
      .evaluateAll((all) =>
        all.map((chip) => chip.getBoundingClientRect()).map(({ left, right }) => ({ left, right })),
      );
    for (const [index, { left }] of chips.slice(1).entries()) {
      expect(left).toBeGreaterThanOrEqual(chips[index]?.right ?? 0);
    }
    expect(await page.locator("textarea").evaluate(isInView)).toBe(true);
  });

  it("takes a double click on Ask for one", async () => {
    const { page, server } = await open();
    const box = page.getByRole("textbox", { name: "Your question" });
    await page.getByRole("button", { name: "How do rivers form?" }).waitFor();
    await box.fill("Twice?");
    await page.getByRole("button", { name: "Ask", exact: true }).dblclick();
    const [left, right] = await server.questions();
    left.begin().delta("still here");
    right.begin();
    await answer(page, "left").getByText("still here").waitFor();
    await state(page, "right", "Answering");
    await page.getByRole("button", { name: "Stop both" }).click();
    await Promise.all([left.stopped, right.stopped]);
  });

  it("leaves a question that is being written alone when an example is asked", async () => {
    const { page, server } = await open();
    const box = page.getByRole("textbox", { name: "Your question" });
    await page.getByRole("button", { name: "How do rivers form?" }).waitFor();
    await box.fill("My own");
    await page.getByRole("button", { name: "How do rivers form?" }).click();
    const [left] = await server.questions();
    expect(left.prompt).toBe("How do rivers form?");
    expect(await box.inputValue()).toBe("My own");
  });

  it("does not send by the Enter that ends a word, where only its code says so", async () => {
    const { page } = await open();
    const box = page.getByRole("textbox", { name: "Your question" });
    await box.fill("かわ");
    await box.evaluate((element) => {
      const init = { key: "Enter", keyCode: 229, bubbles: true, cancelable: true };
      element.dispatchEvent(new KeyboardEvent("keydown", init));
    });
    expect(await page.getByRole("article").count()).toBe(0);
    expect(await box.inputValue()).toBe("かわ");
  });

  it.each([
    [320, 568],
    [360, 640],
    [390, 844],
  ])("does not scroll sideways at %i x %i", async (width, height) => {
    const { page, server } = await open({}, { viewport: { width, height }, isMobile: true });
    await page.getByRole("button", { name: "How do rivers form?" }).waitFor();
    expect(await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth])).toEqual([width, width]);
    await ask(page, "Narrow?");
    for (const response of await server.questions()) response.begin().delta("ok").complete();
    await state(page, "left", "Complete");
    await state(page, "right", "Complete");
    expect(await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth])).toEqual([width, width]);
    for (const place of ["left", "right"] as const) {
      const parts = await card(page, place).evaluate((element) =>
        [element, ...element.querySelectorAll("h3, dl, .state, button")].map((part) => {
          const { left, right } = part.getBoundingClientRect();
          return left >= 0 && right <= innerWidth ? "" : `${part.tagName} ${part.className} ${left} ${right}`;
        }),
      );
      expect(parts.filter((part) => part !== "")).toEqual([]);
    }
  });

  it("has no box wider than a phone", async () => {
    const { page, server } = await open({}, { viewport: { width: 360, height: 740 } });
    await ask(page, "Narrow?");
    const [left, right] = await server.questions();
    left
      .begin()
      .delta(`| ${"wide | ".repeat(20)}\n|${"---|".repeat(20)}\n\n${"x".repeat(300)}`)
      .complete();
    right.begin().delta("ok").complete();
    await state(page, "left", "Complete");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    const gap = async () => {
      const [above, below] = await Promise.all([card(page, "left").boundingBox(), card(page, "right").boundingBox()]);
      return above && below ? below.y - above.y - above.height : undefined;
    };
    expect(await gap()).toBe(12);
  });
});

async function open(server: ServerOptions = {}, options: BrowserContextOptions = {}) {
  const started = await ScriptedServer.start(server);
  cleanups.push(() => started.close());
  const opened = await newPage(options);
  await opened.page.goto(started.url);
  return { server: started, ...opened };
}

async function newPage(options: BrowserContextOptions = {}) {
  const opened = await newPageOf(browser, options);
  cleanups.push(() => opened.context.close());
  return opened;
}

/** Whether all of an element is in the viewport, behind neither the head nor the composer. */
function isInView(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  const within = (selector: string) => element.closest(selector) !== null;
  const composer = document.querySelector(".composer")?.getBoundingClientRect().top ?? 0;
  const head = document.querySelector(".top")?.getBoundingClientRect().bottom ?? 0;
  const end = within(".composer") ? innerHeight : composer;
  return top >= (within(".top") ? 0 : Math.max(0, head)) && bottom <= end;
}

/** What is written around the middle of a box, as far as it is in the document. */
function textInMiddle(element: Element): string {
  const { top, height } = element.getBoundingClientRect();
  const groups = [...element.querySelectorAll(".markdown-group")];
  const middle = groups.find((group) => {
    const seen = group.getBoundingClientRect();
    // Between two groups there is a margin.
    return seen.top <= top + height / 2 && seen.bottom + 20 >= top + height / 2;
  });
  return middle?.textContent ?? "";
}

function distanceToEnd(page: Page): Promise<number> {
  return answer(page, "left").evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
}
