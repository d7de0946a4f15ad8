import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../../../testing/stack.js";
import { textOf } from "../../../testing/text.js";
import { ask, card, launchChromium, state } from "../browser/chromium.js";
import { OidcIssuer } from "./oidc-issuer.js";
import { answerTime, credentialBox, expectWhole, pages, places, skipReason } from "./support.js";

/** The server takes a token this long after its end, since clocks differ. */
const leewaySeconds = 60;
/** Long enough for a slow machine to show the page and to take the token */
const goodForSeconds = 30;

describe.skipIf(skipReason())("the page with a stack that takes tokens of an issuer", { timeout: 180_000 }, () => {
  let browser: Browser;
  let issuer: OidcIssuer;
  let stack: Stack;
  beforeAll(async () => {
    [browser, issuer] = await Promise.all([launchChromium(), OidcIssuer.start()]);
    const oidc = ["--parameter", `OidcIssuers=${issuer.url}`, "--parameter", "OidcAudience=rill"];
    stack = await Stack.start("--port", "0", "--pace", "60", "--auth", "keys,oidc", ...oidc);
  }, 600_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), stack?.stop(), issuer?.close()]);
  }, 60_000);
  const open = pages(
    () => browser,
    () => stack,
  );

  it("says that a token has expired, and answers on both sides with a fresh one", async () => {
    const { page } = await open();
    const box = credentialBox(page);
    await box.fill(issuer.token("ann", { endsInSeconds: -3600 }));
    await box.press("Enter");
    await page.getByRole("alert").getByText("It has expired. Paste a fresh one.").waitFor();
    await box.fill(`${issuer.token("ann", { endsInSeconds: 3600 }).slice(0, -8)}AAAAAAAA`);
    await box.press("Enter");
    await page.getByRole("alert").getByText("The server does not accept it. Paste another one.").waitFor();

    const token = issuer.token("ann", { endsInSeconds: 3600 });
    await box.fill(token);
    await box.press("Enter");
    await box.waitFor({ state: "detached" });
    await ask(page, "/count 30");
    for (const place of places) {
      await state(page, place, "Complete", answerTime);
      expect(textOf(await expectWhole(page, stack, place, token))).toMatch(/ 30$/);
    }
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + location.href);
    expect(kept).not.toContain(token.slice(0, 20));
  });

  it("takes an API key as well", async () => {
    const { page } = await open();
    await credentialBox(page).fill(stack.key);
    await credentialBox(page).press("Enter");
    await credentialBox(page).waitFor({ state: "detached" });
    await ask(page, "/count 5");
    for (const place of places) {
      await state(page, place, "Complete", answerTime);
      await expectWhole(page, stack, place, stack.key);
    }
  });

  it("says in words that a token has expired meanwhile, and asks again with a fresh one", async () => {
    const { page } = await open();
    const old = issuer.token("ben", { endsInSeconds: goodForSeconds - leewaySeconds });
    await credentialBox(page).fill(old);
    await credentialBox(page).press("Enter");
    await credentialBox(page).waitFor({ state: "detached" });
    const headers = { authorization: `Bearer ${old}` };
    const refused = async () => (await fetch(`${stack.url}/models`, { headers })).status;
    await expect.poll(refused, { timeout: 60_000, interval: 200 }).toBe(401);
    await ask(page, "/count 15");
    for (const place of places) {
      await state(page, place, "Failed: the server does not accept this key or token", answerTime);
      expect(await card(page, place).getByRole("button", { name: "Ask again" }).count()).toBe(0);
    }
    const told = page.getByRole("alert").getByText("It has expired. Paste a fresh one.");
    const composer = page.getByRole("region", { name: "Question and tools" });
    const above = async () => {
      const [alert, below] = await Promise.all([told.boundingBox(), composer.boundingBox()]);
      return alert !== null && below !== null && alert.y >= 0 && alert.y + alert.height <= below.y;
    };
    await expect.poll(above, { ...answerTime, message: "the alert is in view, above the composer" }).toBe(true);
    const fresh = issuer.token("ben", { endsInSeconds: 3600 });
    await credentialBox(page).fill(fresh);
    await credentialBox(page).press("Enter");
    await composer.getByRole("button", { name: "Ask again" }).click();
    for (const place of places) {
      await state(page, place, "Complete", answerTime);
      expect(textOf(await expectWhole(page, stack, place, fresh))).toMatch(/ 15$/);
    }
  });
});
