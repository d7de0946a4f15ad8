import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Response } from "rill-client";
import { afterEach, expect } from "vitest";
import { missing, type Stack } from "../../../testing/stack.js";
import { textOf } from "../../../testing/text.js";
import { answer, card, missingChromium, newPage, type Opened, type Place } from "../browser/chromium.js";

export const places: readonly Place[] = ["left", "right"];
/** Longest that a real answer may take, in milliseconds. A machine that does other things too is slow. */
export const answerTime = { timeout: 60_000 };

const stepTime = 30_000;

/** Why these tests are skipped; undefined if they are not. Prints it. */
export function skipReason(): string | undefined {
  const reason = missing() ?? missingChromium();
  if (reason) {
    console.log(`Skipped: the page's tests with the whole stack, since ${reason}.`);
  }
  return reason;
}

/** Opens pages of a stack, each in a context of its own that is closed after the test. */
export function pages(browser: () => Browser, stack: () => Stack) {
  const opened: Opened[] = [];
  afterEach(async () => {
    for (const { context } of opened.splice(0)) {
      await context.close();
    }
  });
  return async (options: BrowserContextOptions & { path?: string } = {}): Promise<Opened> => {
    const { path = "/", ...rest } = options;
    const one = await newPage(browser(), { permissions: ["clipboard-read", "clipboard-write"], ...rest });
    opened.push(one);
    one.context.setDefaultTimeout(stepTime);
    await one.page.goto(new URL(path, stack().url).href);
    return one;
  };
}

/** The ids of the newest answers, left and right, which the page has in its URL once it knows them. */
export async function responseIds(page: Page): Promise<readonly [string, string]> {
  return newResponseIds(page, []);
}

/** The same, once the URL names none of these. */
export async function newResponseIds(page: Page, before: readonly string[]): Promise<readonly [string, string]> {
  const both = (hash: string) => /^#\/a\/(resp_\w+),(resp_\w+)$/.exec(hash);
  await page.waitForURL((url) => both(url.hash) !== null && !before.some((id) => url.hash.includes(id)), answerTime);
  const [, left = "", right = ""] = both(new URL(page.url()).hash) ?? [];
  return [left, right];
}

/** A response as the server has stored it. */
export async function stored(stack: Stack, id: string, token?: string): Promise<Response> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const reply = await fetch(`${stack.url}/responses/${id}`, { headers, signal: AbortSignal.timeout(10_000) });
  expect(reply.status).toBe(200);
  return (await reply.json()) as Response;
}

/** The text that a side shows, without the captions of its code blocks. */
export function seen(page: Page, place: Place): Promise<string> {
  return answer(page, place).evaluate((box) => {
    const copy = box.cloneNode(true) as Element;
    for (const caption of copy.querySelectorAll(".markdown-code-head")) caption.remove();
    return copy.textContent ?? "";
  });
}

/** The letters of a text of the simulated model or of a page, by which both are compared: without white space, and without the few marks of Markdown that this model writes. */
export function letters(text: string): string {
  return text.replace(/^```\w*$|^- |^\d+\. /gm, "").replace(/[\s`*]/g, "");
}

/** Waits until a side shows this text somewhere. */
export async function shows(page: Page, place: Place, text: string | RegExp): Promise<void> {
  await answer(page, place).getByText(text).first().waitFor(answerTime);
}

/** The text of the clipboard, once there is one. */
export async function clipboard(page: Page): Promise<string> {
  const read = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(read, { timeout: stepTime, message: "the clipboard" }).not.toBe("");
  return read();
}

/** What the button of a side copies: the answer's Markdown. */
export async function copied(page: Page, place: Place): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await card(page, place).getByRole("button", { name: "Copy", exact: true }).first().click();
  return clipboard(page);
}

/** The sides' answers are whole: what is shown, and what is copied, is what the server has stored. */
export async function expectWhole(page: Page, stack: Stack, place: Place, token?: string): Promise<Response> {
  const ids = await responseIds(page);
  const response = await stored(stack, ids[place === "left" ? 0 : 1], token);
  const text = textOf(response);
  expect(text.length).toBeGreaterThan(0);
  // Not by toBe, which would print megabytes. The page draws at most so much a frame, so the end of a long text comes late.
  const lacking = async () => {
    const [shown, wanted] = [letters(await seen(page, place)), letters(text)];
    if (shown === wanted) {
      return "nothing";
    }
    let same = 0;
    while (shown[same] === wanted[same]) {
      same++;
    }
    const [there, here] = [wanted, shown].map((whole) => whole.slice(Math.max(0, same - 20), same + 20));
    return `${wanted.length} letters are stored, ${shown.length} shown; they differ from ${same} on: ${there} | ${here}`;
  };
  await expect.poll(lacking, { ...answerTime, interval: 250, message: `what ${place} lacks` }).toBe("nothing");
  expect((await copied(page, place)) === text, `${place}: the stored text is copied`).toBe(true);
  return response;
}

/** Records each text that a side shows from now on, for {@link expectGrown}. The text has no marks of Markdown. */
export async function record(page: Page, place: Place): Promise<void> {
  await answer(page, place).evaluate((box) => {
    const texts: string[] = [];
    // Before the text begins, or begins again, a sentence stands for it.
    const take = () => texts.push(box.querySelector(".muted") ? "" : (box.textContent ?? ""));
    take();
    new MutationObserver(take).observe(box, { childList: true, characterData: true, subtree: true });
    Object.assign(box, { texts });
  });
}

/**
 * Each text that a side has shown since {@link record} was a beginning of the whole one, so no letter was lost or doubled
 * on the way. It has only grown, but for so many restarts.
 */
export async function expectGrown(page: Page, place: Place, whole: string, restarts = 0): Promise<void> {
  const recorded = await answer(page, place).evaluate((box) => (box as Element & { texts?: string[] }).texts ?? []);
  const texts = recorded.map(letters);
  expect(texts.length).toBeGreaterThan(3);
  expect(texts.filter((text) => !letters(whole).startsWith(text)).slice(0, 2)).toEqual([]);
  expect(texts.filter((text, index) => text.length < (texts[index - 1]?.length ?? 0))).toHaveLength(restarts);
}

/** The value of a figure of a side. */
export async function figure(page: Page, place: Place, name: string): Promise<string> {
  const term = card(page, place).getByRole("term").filter({ hasText: name });
  return (await term.locator("xpath=following-sibling::dd").textContent()) ?? "";
}

/** What stands beside the state of a side, such as "resumed". */
export function note(page: Page, place: Place, words: string | RegExp) {
  return card(page, place).locator(".state-note").getByText(words, { exact: true });
}

/** Where a key or token is pasted. */
export function credentialBox(page: Page) {
  return page.getByLabel("API key or token");
}
