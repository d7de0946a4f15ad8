import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { chromiumPath, noChromium } from "../../../testing/chromium.js";

const executablePath = chromiumPath();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Longest that a step may take, in milliseconds. */
export const patience = 10_000;

/** Why no browser can be started; undefined if one can. */
export function missingChromium(): string | undefined {
  return executablePath === undefined ? noChromium : undefined;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath as string, args: ["--no-sandbox"] });
}

/** A page in a context of its own, and what has gone wrong on it. Close the context. */
export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Uncaught errors, and errors and warnings of the console */
  readonly problems: string[];
  /** Hosts that were asked for something */
  readonly hosts: Set<string>;
}

export async function newPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const problems: string[] = [];
  const hosts = new Set<string>();
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  return { page, context, problems, hosts };
}

/** Types a question and sends it, once the page knows its server. */
export async function ask(page: Page, question: string): Promise<void> {
  const known = page.getByRole("button", { name: "How do rivers form?" }).or(page.getByLabel("API key or token"));
  await known.or(page.getByRole("article")).first().waitFor();
  const box = questionBox(page);
  await box.fill(question);
  await box.press("Enter");
}

export function questionBox(page: Page): Locator {
  return page.getByRole("textbox", { name: "Your question" });
}

export type Place = "left" | "right";

/** The newest answer of a side. */
export function card(page: Page, place: Place): Locator {
  return page.getByRole("article", { name: place === "left" ? /^Left answer: / : /^Right answer: / }).last();
}

/** The box with the text of the newest answer of a side. */
export function answer(page: Page, place: Place): Locator {
  return card(page, place).getByRole("group", { name: /^Text over / });
}

/** Waits until the newest answer of a side is in this state. */
export async function state(
  page: Page,
  place: Place,
  words: string | RegExp,
  options?: { timeout: number },
): Promise<void> {
  await card(page, place).locator(".state-words").getByText(words, { exact: true }).waitFor(options);
}

/** What axe finds wrong. */
export async function violations(page: Page): Promise<string[]> {
  // Not by a script element, which the page's policy forbids.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } };
    interface Violation {
      id: string;
      nodes: { html: string; failureSummary: string }[];
    }
    const { violations } = await axe.run({ rules: { "target-size": { enabled: true } } });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
  });
}
