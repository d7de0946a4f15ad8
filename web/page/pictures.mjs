// Takes the README's pictures of the page of a running stack with faults and the simulated model:
//   npm run pictures -w page -- http://localhost:3000
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import UPNG from "upng-js";
import { chromiumPath } from "../testing/chromium.ts";

const [url = "http://localhost:3000"] = process.argv.slice(2);
const docs = fileURLToPath(new URL("../../docs", import.meta.url));
const question = [
  "/slow 5 /echo ## How rivers form",
  "",
  "Rain falls on **high ground** and runs downhill. Streams meet, and a *river* begins.",
  "",
  "| River | Length | Flows into |",
  "|---|---:|---|",
  "| Nile | 6,650 km | Mediterranean |",
  "| Amazon | 6,400 km | Atlantic |",
  "",
  "```js",
  'const rivers = [{ name: "Nile", km: 6650 }];',
  "for (const river of rivers) {",
  "  console.log(river.name);",
  "}",
  "```",
  "",
  "It ends in a lake or in the sea, and it carries sand and stones with it all the way down, day and night.",
].join("\n");

const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
mkdirSync(docs, { recursive: true });

/** A page on which this question is being answered. */
async function asked(prompt, options) {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole("button", { name: "How do rivers form?" }).waitFor();
  const box = page.getByRole("textbox", { name: "Your question" });
  await box.fill(prompt);
  await box.press("Enter");
  return page;
}

function saved(name, frames, colours, delays) {
  const decoded = frames.map((frame) => UPNG.decode(frame));
  const pixels = decoded.map((image) => UPNG.toRGBA8(image)[0]);
  const { width, height } = decoded[0];
  const bytes = Buffer.from(UPNG.encode(pixels, width, height, colours, delays));
  writeFileSync(`${docs}/${name}`, bytes);
  console.log(`docs/${name}: ${width} x ${height}, ${Math.round(bytes.length / 1024)} KB`);
}

async function still(name, colorScheme) {
  const page = await asked(question, { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5, colorScheme });
  for (const place of ["left", "right"]) {
    await page.locator(`.card-${place} pre`).waitFor({ timeout: 60_000 });
    await page.locator(`.card-${place}`).getByText("river.name").first().waitFor({ timeout: 60_000 });
  }
  saved(name, [await page.screenshot()], 64);
  await page.context().close();
}

/** The answer is written, the socket is cut, and the answer goes on: about twelve seconds. */
async function cut(name) {
  const page = await asked("/slow 6 /count 60", { viewport: { width: 900, height: 560 }, colorScheme: "light" });
  const left = page.locator(".card-left");
  await left.locator(".answer-content").getByText("5").first().waitFor();
  const frames = [];
  const delays = [];
  let taken = Date.now();
  const frame = async () => {
    frames.push(await page.screenshot());
    await page.waitForTimeout(Math.max(0, 250 - (Date.now() - taken)));
    delays.push(Date.now() - taken);
    taken = Date.now();
  };
  for (let i = 0; i < 6; i++) await frame();
  await page.getByRole("button", { name: "Cut the socket" }).click();
  while (frames.length < 48 && (await left.getAttribute("data-phase")) !== "completed") await frame();
  await frame();
  delays[delays.length - 1] = 3_000;
  saved(name, frames, 32, delays);
  await page.context().close();
}

// Functions that start only now would be seen in the figures of the first answer.
const first = await asked("/fast /echo hello", {});
for (const place of ["left", "right"]) {
  await first.locator(`.card-${place}[data-phase="completed"]`).waitFor({ timeout: 60_000 });
}
await first.context().close();
await still("page-light.png", "light");
await still("page-dark.png", "dark");
await cut("page-cut.png");
await browser.close();
