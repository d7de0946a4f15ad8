import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CuttingProxy } from "../../../testing/cutting-proxy.js";
import { Stack } from "../../../testing/stack.js";
import { textOf } from "../../../testing/text.js";
import { answer, ask, card, launchChromium, questionBox, state, violations } from "../browser/chromium.js";
import { expectFocus, expectFocusOn, tabTo } from "../browser/keyboard.js";
import {
  answerTime,
  clipboard,
  copied,
  expectGrown,
  expectWhole,
  figure,
  letters,
  newResponseIds,
  note,
  pages,
  places,
  record,
  responseIds,
  seen,
  shows,
  skipReason,
  stored,
} from "./support.js";

describe.skipIf(skipReason())("the page with the whole stack", { timeout: 180_000 }, () => {
  let browser: Browser;
  let stack: Stack;
  beforeAll(async () => {
    [browser, stack] = await Promise.all([launchChromium(), Stack.start("--port", "0", "--pace", "60")]);
  }, 600_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), stack?.stop()]);
  }, 60_000);
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) {
      await cleanup();
    }
  });
  const open = pages(
    () => browser,
    () => stack,
  );

  describe("answers", () => {
    it("shows both answers whole, with their figures, and those to a follow-up question", async () => {
      const { page, problems, hosts } = await open();
      await ask(page, "/count 40");
      const first = await responseIds(page);
      for (const place of places) {
        await state(page, place, "Complete", answerTime);
        const { usage } = await expectWhole(page, stack, place);
        expect(usage?.output_tokens).toBe(40);
        expect(await figure(page, place, "Tokens in / out")).toBe(`${usage?.input_tokens} / ${usage?.output_tokens}`);
        expect(await figure(page, place, "First delta")).toMatch(/^(\d+ ms|\d+\.\d\d s)$/);
        expect(Number(await figure(page, place, "Deltas / s"))).toBeGreaterThan(0);
        await card(page, place)
          .getByText(/^\d+ deltas in \d+\.\d s, created at .*, first delta at .*, end at /)
          .waitFor();
      }
      await ask(page, "/fast How do rivers form?");
      const second = await newResponseIds(page, first);
      expect(await page.getByRole("article", { name: /^(Left|Right) answer/ }).count()).toBe(4);
      for (const [index, place] of places.entries()) {
        await state(page, place, "Complete", answerTime);
        const response = await stored(stack, second[index] as string);
        expect(response.previous_response_id).toBe(first[index]);
        expect(await copied(page, place)).toBe(textOf(response));
        await shows(page, place, "How do rivers form?");
      }
      expect(problems).toEqual([]);
      expect([...hosts]).toEqual([new URL(stack.url).host]);
    });

    it("stops one side alone, and the model with it", async () => {
      const { page } = await open();
      await ask(page, "/slow 20 /count 150");
      const [left, right] = await responseIds(page);
      await shows(page, "right", /\b10\b/);
      await card(page, "right").getByRole("button", { name: "Stop" }).click();
      await state(page, "right", "Stopped");
      await expectWhole(page, stack, "right");
      await state(page, "left", "Complete", answerTime);
      expect(textOf(await stored(stack, left))).toMatch(/ 150$/);
      const stopped = await stored(stack, right);
      expect(stopped.status).toBe("cancelled");
      expect(textOf(stopped)).not.toMatch(/ 150$/);
    });

    it("stops both sides at once", async () => {
      const { page } = await open();
      await ask(page, "/slow 20 /count 2000");
      const ids = await responseIds(page);
      await Promise.all(places.map((place) => shows(page, place, /\b5\b/)));
      await page.getByRole("button", { name: "Stop both" }).click();
      for (const [index, place] of places.entries()) {
        await state(page, place, "Stopped");
        expect((await stored(stack, ids[index] as string)).status).toBe("cancelled");
        await expectWhole(page, stack, place);
      }
      await page.getByRole("button", { name: "Ask", exact: true }).waitFor();
    });
  });

  describe("faults", () => {
    it("goes on after the socket was cut, without a letter lost or doubled", async () => {
      const { page } = await open();
      await ask(page, "/slow 30 /count 150");
      await Promise.all(places.map((place) => shows(page, place, /\b20\b/)));
      await Promise.all(places.map((place) => record(page, place)));
      await page.getByRole("button", { name: "Cut the socket" }).click();
      await page.getByText("The socket was cut. Watch the answer go on.").waitFor();
      await note(page, "left", "resumed").waitFor(answerTime);
      for (const place of places) {
        await state(page, place, "Complete", answerTime);
        const text = textOf(await expectWhole(page, stack, place));
        expect(text).toMatch(/ 150$/);
        await expectGrown(page, place, text);
      }
      await card(page, "left")
        .getByText(/socket cut at .*, resumed at /)
        .waitFor();
      await note(page, "left", "resumed").waitFor();
      expect(await note(page, "right", /resumed/).count()).toBe(0);
    });

    it("begins again after the worker was killed, and ends whole", async () => {
      const { page } = await open();
      await ask(page, "/slow 20 /count 100");
      await shows(page, "left", /\b20\b/);
      await record(page, "left");
      await page.getByRole("button", { name: "Kill the worker" }).click();
      await page.getByText("The worker was killed. Another one takes over within 30 seconds or so.").waitFor();
      await note(page, "left", "restarted, attempt 2").waitFor({ timeout: 120_000 });
      for (const place of places) {
        await state(page, place, "Complete", answerTime);
        expect(textOf(await expectWhole(page, stack, place))).toMatch(/ 100$/);
      }
      const [left] = await responseIds(page);
      await expectGrown(page, "left", textOf(await stored(stack, left)), 1);
      await card(page, "left")
        .getByText(/restarted at /)
        .waitFor();
      expect(await note(page, "right", /restarted/).count()).toBe(0);
    });

    it("says in words why the model has failed, and asks again", async () => {
      const { page } = await open();
      // The first request of each side is refused.
      await ask(page, "/fail 401 times=2 /count 10");
      await Promise.all(
        places.map((place) =>
          state(page, place, "Failed: the model’s server does not accept the operator’s key", answerTime),
        ),
      );
      await card(page, "left").getByRole("button", { name: "Ask again" }).click();
      await state(page, "left", "Complete", answerTime);
      await page.getByRole("region", { name: "Question and tools" }).getByRole("button", { name: "Ask again" }).click();
      await responseIds(page);
      for (const place of places) {
        await state(page, place, "Complete", answerTime);
        expect(textOf(await expectWhole(page, stack, place))).toMatch(/ 10$/);
      }
    });

    it("keeps what was written before the model failed in the middle", async () => {
      const { page } = await open();
      await ask(page, "/failed 25 server_error /count 100");
      for (const place of places) {
        await state(page, place, "Failed: the model’s server has failed", answerTime);
        expect(textOf(await expectWhole(page, stack, place))).toMatch(/ 25$/);
      }
      const failed = await responseIds(page);
      for (const place of places) {
        await card(page, place).getByRole("button", { name: "Ask again" }).click();
      }
      await newResponseIds(page, failed);
      for (const place of places) {
        await state(page, place, "Failed: the model’s server has failed", answerTime);
        await expectWhole(page, stack, place);
      }
      await questionBox(page).fill("/count 3");
      await questionBox(page).press("Enter");
      for (const place of places) {
        await state(page, place, "Complete", answerTime);
        await expectWhole(page, stack, place);
      }
    });

    it("waits while the device is offline, and goes on when it is back", async () => {
      const proxy = await CuttingProxy.to(stack.port);
      cleanups.push(() => proxy.stop());
      const { page, context } = await open({ path: proxy.origin });
      await ask(page, "/slow 20 /count 150");
      await Promise.all(places.map((place) => shows(page, place, /\b20\b/)));
      await record(page, "left");
      await context.setOffline(true);
      proxy.disconnect();
      await state(page, "left", "Reconnecting");
      // A function that notices that its reader has left ends the answer. The worker does not care.
      const [, right] = await responseIds(page);
      await expect.poll(async () => (await stored(stack, right)).status, answerTime).toBe("incomplete");
      proxy.reconnect();
      await context.setOffline(false);
      await state(page, "right", "Incomplete: its reader had left", answerTime);
      await state(page, "left", "Complete", answerTime);
      await note(page, "left", "resumed").waitFor();
      const text = textOf(await expectWhole(page, stack, "left"));
      expect(text).toMatch(/ 150$/);
      await expectGrown(page, "left", text);
      await expectWhole(page, stack, "right");
    });
  });

  describe("several readers", () => {
    it("follows a running answer live on a second device by its link, to the same end", async () => {
      const { page } = await open();
      await ask(page, "/slow 20 /count 200");
      const ids = await responseIds(page);
      await Promise.all(places.map((place) => shows(page, place, /\b10\b/)));
      const { page: other } = await open({ path: `/${new URL(page.url()).hash}` });
      await other.getByRole("heading", { name: "/slow 20 /count 200" }).waitFor();
      // What is written after the second page has come is seen there while it is written.
      await Promise.all(
        places.map(async (place) => {
          await state(other, place, "Answering");
          await record(other, place);
          await shows(other, place, /\b60\b/);
          await state(other, place, "Answering");
        }),
      );
      for (const place of places) {
        await Promise.all([page, other].map((each) => state(each, place, "Complete", answerTime)));
        await expectWhole(page, stack, place);
        const text = textOf(await expectWhole(other, stack, place));
        expect(text).toMatch(/ 200$/);
        await expectGrown(other, place, text);
        await note(other, place, "read again").waitFor();
      }
      expect(await responseIds(other)).toEqual(ids);
    });

    it("is stopped from the second tab, and both tabs say so", async () => {
      const { page, context } = await open();
      await ask(page, "/slow 20 /count 2000");
      await responseIds(page);
      await shows(page, "left", /\b5\b/);
      const tab = await context.newPage();
      await tab.goto(page.url());
      await tab.getByRole("heading", { name: "/slow 20 /count 2000" }).waitFor();
      await Promise.all(places.map((place) => shows(tab, place, /\b5\b/)));
      await tab.getByRole("button", { name: "Stop both" }).click();
      for (const place of places) {
        await Promise.all([page, tab].map((each) => state(each, place, "Stopped", answerTime)));
        expect((await expectWhole(tab, stack, place)).status).toBe("cancelled");
      }
      await page.bringToFront();
      for (const place of places) {
        await expectWhole(page, stack, place);
      }
    });
  });

  describe("long answers", () => {
    it.each([300, 500])("shows %i KB whole, scrolls, and takes a question meanwhile", async (kilobytes) => {
      const { page, problems } = await open();
      await ask(page, `/large ${kilobytes}`);
      await shows(page, "left", /A real model/);
      const box = questionBox(page);
      await box.pressSequentially("Meanwhile");
      expect(await box.inputValue()).toBe("Meanwhile");
      for (const place of places) {
        await state(page, place, "Complete", { timeout: 60_000 });
        const text = textOf(await expectWhole(page, stack, place));
        expect(text.length).toBeGreaterThan(kilobytes * 1000);
        const scrolled = answer(page, place);
        const distance = () =>
          scrolled.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
        await expect.poll(distance, { timeout: 30_000 }).toBeLessThan(2);
        await scrolled.focus();
        await page.keyboard.press("Home");
        await expect.poll(() => scrolled.evaluate((element) => element.scrollTop)).toBe(0);
        await page.keyboard.press("End");
        await expect.poll(distance, { timeout: 30_000 }).toBeLessThan(2);
      }
      await note(page, "left", "by HTTP now").waitFor();
      await box.fill("/count 5");
      await box.press("Enter");
      await state(page, "left", "Complete", answerTime);
      await shows(page, "left", "1 2 3 4 5");
      expect(problems).toEqual([]);
    });

    it("shows 1,500 KB where a reader looks, and copies all of it", async () => {
      const { page, problems } = await open();
      await ask(page, "/large 1500");
      for (const place of places) {
        await state(page, place, "Complete", { timeout: 60_000 });
        const [left, right] = await responseIds(page);
        const text = textOf(await stored(stack, place === "left" ? left : right));
        expect(text.length).toBeGreaterThan(1_500_000);
        expect((await copied(page, place)) === text, "the stored text is copied").toBe(true);
        const [beginning, end] = [letters(text).slice(0, 200), letters(text).slice(-200)];
        const scrolled = answer(page, place);
        await scrolled.focus();
        await page.keyboard.press("Home");
        await expect.poll(async () => letters(await seen(page, place)).startsWith(beginning), answerTime).toBe(true);
        await page.keyboard.press("End");
        await expect.poll(async () => letters(await seen(page, place)).endsWith(end), answerTime).toBe(true);
      }
      expect(problems).toEqual([]);
    });
  });

  describe("people", () => {
    it("is used by keyboard alone, and the focus is always seen", async () => {
      const { page } = await open();
      await page.getByRole("button", { name: "How do rivers form?" }).waitFor();
      await page.keyboard.press("Tab");
      await expectFocusOn(page, "Skip to the question");
      await page.keyboard.press("Enter");
      await expectFocusOn(page, "Your question");
      await page.keyboard.type("/slow 20 /count 2000");
      await page.keyboard.press("Enter");
      await expectFocusOn(page, "Your question");
      await Promise.all(places.map((place) => shows(page, place, /\b5\b/)));

      await tabTo(page, "Stop", /^Left answer/);
      await page.keyboard.press("Enter");
      await state(page, "left", "Stopped");
      await expectFocusOn(page, "Text over WebSocket");
      await state(page, "right", "Answering");
      await page.keyboard.press("Escape");
      await state(page, "right", "Stopped");
      await expectFocus(page);

      await tabTo(page, "Copy", /^Left answer/);
      await page.evaluate(() => navigator.clipboard.writeText(""));
      await page.keyboard.press("Enter");
      const [left] = await responseIds(page);
      expect(await clipboard(page)).toBe(textOf(await stored(stack, left)));
      await expectFocusOn(page, /^Cop(ied|y)$/);

      await tabTo(page, "Ask again", /^Left answer/);
      await page.keyboard.press("Enter");
      await state(page, "left", "Answering", answerTime);
      expect((await expectFocus(page)).within).toMatch(/^Left answer/);
      await page.keyboard.press("Escape");
      await state(page, "left", "Stopped", answerTime);
      expect((await expectFocus(page)).within).toMatch(/^Left answer/);

      await tabTo(page, "Your question");
      await page.keyboard.type("/count 2000");
      await tabTo(page, "Ask");
      await page.keyboard.press("Enter");
      await shows(page, "left", /\b5\b/);
      await expectFocus(page);
      await tabTo(page, "Stop both");
      await page.keyboard.press("Enter");
      await Promise.all(places.map((place) => state(page, place, "Stopped", answerTime)));
      await expectFocus(page);

      await tabTo(page, "New");
      await page.keyboard.press("Enter");
      await expectFocusOn(page, "Your question");
      await tabTo(page, "History");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "Earlier conversations" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await expectFocusOn(page, "History");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "Earlier conversations" }).waitFor();
      await tabTo(page, /^\/slow 20/, "Earlier conversations");
      await page.keyboard.press("Enter");
      await shows(page, "left", /\b5\b/);
      await expectFocus(page);
      await tabTo(page, "History");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "Earlier conversations" }).waitFor();
      await tabTo(page, "Clear the list");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").getByText("There are none yet.").waitFor();
      expect((await expectFocus(page)).within).toBe("Earlier conversations");
      await page.keyboard.press("Escape");
      await expectFocusOn(page, "History");

      await tabTo(page, "Settings");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "Settings" }).waitFor();
      await tabTo(page, "Right answer goes over", "Settings");
      await page.keyboard.type("Web");
      await tabTo(page, "Close", "Settings");
      await page.keyboard.press("Enter");
      await expectFocusOn(page, "Settings");
      expect(await page.getByRole("dialog").count()).toBe(0);
      await tabTo(page, "Your question");
      await page.keyboard.type("/count 3");
      await page.keyboard.press("Enter");
      await page.getByRole("article", { name: "Right answer: WebSocket" }).waitFor();
      await state(page, "right", "Complete", answerTime);
    });

    const looks: [string, BrowserContextOptions][] = [
      ["light", { colorScheme: "light" }],
      ["dark", { colorScheme: "dark" }],
      ["phone", { viewport: { width: 390, height: 844 }, colorScheme: "light" }],
    ];
    it.each(looks)("has no violation that axe knows with finished answers: %s", async (_, options) => {
      const { page } = await open(options);
      await ask(page, "/help");
      await Promise.all(places.map((place) => state(page, place, "Complete", answerTime)));
      expect(await violations(page)).toEqual([]);
    });
  });

  // The last one: it restarts the stack.
  it("comes back by itself to a server that was restarted, and can ask there", async () => {
    const { page } = await open();
    await ask(page, "/count 5");
    await Promise.all(places.map((place) => state(page, place, "Complete", answerTime)));
    const first = await responseIds(page);
    await ask(page, "/slow 10 /count 1000");
    await newResponseIds(page, first);
    await Promise.all(places.map((place) => shows(page, place, /^1 2 3 4 5 6/)));
    const { port } = stack;
    await stack.stop();
    await state(page, "left", "Reconnecting");
    expect(await note(page, "right", /resumed/).count()).toBe(0);
    stack = await Stack.start("--port", String(port), "--pace", "60");
    // No data is kept from one stack to the next.
    for (const place of places) {
      await state(page, place, "Failed: the server does not have this answer any more", { timeout: 60_000 });
      await shows(page, place, /^1 2 3 4 5 6/);
    }
    await ask(page, "And now?");
    for (const place of places) {
      const words = "Failed: the server does not have the conversation any more; begin a new one";
      await state(page, place, words, answerTime);
    }
    await page.getByRole("button", { name: "New", exact: true }).click();
    await ask(page, "/count 12");
    for (const place of places) {
      await state(page, place, "Complete", answerTime);
      expect(textOf(await expectWhole(page, stack, place))).toMatch(/ 12$/);
      expect(await note(page, place, /resumed/).count()).toBe(0);
    }
  });
});
