import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../../../testing/stack.js";
import { textOf } from "../../../testing/text.js";
import { ask, launchChromium, questionBox, state } from "../browser/chromium.js";
import { expectFocusOn } from "../browser/keyboard.js";
import {
  answerTime,
  credentialBox,
  expectWhole,
  note,
  pages,
  places,
  responseIds,
  shows,
  skipReason,
} from "./support.js";

describe.skipIf(skipReason())("the page with a stack that wants a key", { timeout: 180_000 }, () => {
  let browser: Browser;
  let stack: Stack;
  beforeAll(async () => {
    [browser, stack] = await Promise.all([
      launchChromium(),
      Stack.start("--port", "0", "--pace", "60", "--auth", "keys"),
    ]);
  }, 600_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), stack?.stop()]);
  }, 60_000);
  const open = pages(
    () => browser,
    () => stack,
  );

  it("asks for a key, says that a wrong one is refused, and answers on both sides with the right one", async () => {
    const { page, context } = await open();
    const box = credentialBox(page);
    await page.getByRole("heading", { name: "This server asks for a key" }).waitFor();
    await ask(page, "/count 30");
    await expectFocusOn(page, "API key or token");
    expect(await page.getByRole("article").count()).toBe(0);
    await box.fill(`rill_${"A".repeat(43)}`);
    await box.press("Enter");
    await page.getByRole("alert").getByText("The server does not accept it. Paste another one.").waitFor();

    await box.fill(stack.key);
    await page.getByRole("button", { name: "Use it" }).click();
    await box.waitFor({ state: "detached" });
    await expectFocusOn(page, "Your question");
    expect(await questionBox(page).inputValue()).toBe("/count 30");
    await page.keyboard.press("Enter");
    for (const place of places) {
      await state(page, place, "Complete", answerTime);
      expect(textOf(await expectWhole(page, stack, place, stack.key))).toMatch(/ 30$/);
      // The left one came over the socket indeed.
      expect(await note(page, place, "by HTTP now").count()).toBe(0);
    }

    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    expect(kept).toContain("/count 30");
    const everything = `${kept} ${page.url()} ${JSON.stringify(await context.storageState({ indexedDB: true }))}`;
    expect(everything).not.toContain(stack.key);
    expect(everything).not.toContain(stack.key.slice(5, 20));
  });

  it("opens a link's answers once it has a key, and asks for the key again after a reload", async () => {
    const { page } = await open();
    await credentialBox(page).fill(stack.key);
    await credentialBox(page).press("Enter");
    await credentialBox(page).waitFor({ state: "detached" });
    await ask(page, "/count 20");
    await Promise.all(places.map((place) => state(page, place, "Complete", answerTime)));
    const ids = await responseIds(page);
    await page.reload();
    await credentialBox(page).waitFor();
    expect(await page.getByRole("article").count()).toBe(0);
    await credentialBox(page).fill(stack.key);
    await credentialBox(page).press("Enter");
    for (const place of places) {
      await shows(page, place, / 20$/);
      await expectWhole(page, stack, place, stack.key);
    }
    expect(await responseIds(page)).toEqual(ids);
  });

  it("forgets the key when it is told to", async () => {
    const { page } = await open();
    await credentialBox(page).fill(stack.key);
    await credentialBox(page).press("Enter");
    await credentialBox(page).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Forget it" }).click();
    await page.getByRole("button", { name: "Close" }).click();
    await credentialBox(page).waitFor();
    await ask(page, "/count 3");
    await expectFocusOn(page, "API key or token");
    expect(await page.getByRole("article").count()).toBe(0);
  });
});
