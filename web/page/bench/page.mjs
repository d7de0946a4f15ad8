/** Streams long answers into both sides of the built page, from a scripted server, while a person types and scrolls. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { ms, tasksInWords, tasksOf } from "./tasks.mjs";
import { lines, texts } from "./texts.mjs";

const megabytes = 5_000_000;
/** Milliseconds between two deltas of a fast model. */
const pause = 5;
const patience = 600_000;
/** Where the trace of the last case is written, with what its tasks did, for a look by the developer tools; or nowhere */
const traceFile = process.env.TRACE;

/** `size` is the length of a delta in characters; a burst writes all deltas at once. */
export const pageCases = [
  { name: "page: 1,000 lines, 200 deltas/s", text: lines(1_000), size: 16 },
  { name: "page: 1,000 lines, burst", text: lines(1_000), size: 16, burst: true },
  { name: "page: 5 MB, 200 deltas/s", text: texts.mixed(megabytes), size: 640 },
  { name: "page: 5 MB, burst", text: texts.mixed(megabytes), size: 640, burst: true },
  { name: "page: 5 MB, one delta", text: texts.mixed(megabytes), size: megabytes + 100, burst: true },
];

/** Returns what is reported of a case, and its tasks. */
export async function measurePage(browser, _directory, one) {
  const { ScriptedServer } = await scripted();
  const server = await ScriptedServer.start({ model: "simulated" });
  try {
    return await measure(browser, server, one);
  } finally {
    await server.close();
  }
}

/** The tests' server, in JavaScript. */
async function scripted() {
  const page = fileURLToPath(new URL("..", import.meta.url));
  const outfile = join(page, "node_modules/.bench/scripted-server.mjs");
  await build({
    entryPoints: [join(page, "test/browser/scripted-server.ts")],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    define: { "import.meta.url": JSON.stringify(pathToFileURL(join(page, "test/browser/scripted-server.ts")).href) },
    outfile,
  });
  return import(pathToFileURL(outfile).href);
}

async function measure(browser, server, { text, size, burst = false }) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(patience);
  page.on("pageerror", (error) => console.error(error));
  await page.addInitScript(observe);
  await page.goto(server.url);
  const box = page.getByRole("textbox", { name: "Your question" });
  await box.fill("How long is long?");
  await page.waitForFunction(() => document.querySelector(".chip") !== null);
  await browser.startTracing(page, {
    categories: ["toplevel", "__metadata", ...(traceFile === undefined ? [] : ["devtools.timeline"])],
  });
  await box.press("Enter");
  const responses = await server.questions();
  const begin = performance.now();
  const person = typeAndScroll(page);
  await Promise.all(responses.map((response) => write(response.begin(), text, size, burst)));
  const sent = performance.now() - begin;
  const end = text.trimEnd().slice(-20);
  await page.waitForFunction(
    (wanted) => {
      // By steps, since a selector would go through all elements of the answers.
      const answers = [...document.querySelector(".turn[data-last]").querySelector(".sides").children].map(
        (card) => card.querySelector(".answer-content").firstElementChild,
      );
      return answers.every((markdown) => markdown.lastElementChild?.textContent.trimEnd().endsWith(wanted));
    },
    end,
    { polling: 500 },
  );
  const shown = performance.now() - begin;
  const scrolls = await person.end();
  const observed = await page.evaluate(() => globalThis.observed());
  const written = await browser.stopTracing();
  if (traceFile !== undefined) {
    writeFileSync(traceFile, written);
  }
  const trace = JSON.parse(written.toString());
  const client = await page.context().newCDPSession(page);
  await client.send("HeapProfiler.collectGarbage");
  const { metrics } = await client.send("Performance.enable").then(() => client.send("Performance.getMetrics"));
  const heap = metrics.find(({ name }) => name === "JSHeapUsedSize").value;
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  await page.close();
  return { ...tasksOf(trace.traceEvents), ...observed, ...scrolls, sent, shown, heap, nodes };
}

/** Runs in the page: keeps its long tasks, what was typed and how long it took until it was painted. */
function observe() {
  const longTasks = [];
  const keys = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries())).observe({ type: "longtask" });
  new PerformanceObserver((list) => {
    keys.push(...list.getEntries().filter(({ name }) => name === "keydown"));
  }).observe({ type: "event", durationThreshold: 16 });
  globalThis.observed = () => ({
    longTasks: longTasks.length,
    slowestKey: Math.max(0, ...keys.map(({ duration }) => duration)),
  });
}

/** A person who goes on to type and turns the wheel over the right answer, up and down. */
function typeAndScroll(page) {
  let over = false;
  let typed = 0;
  let slowestWheel = 0;
  const run = async () => {
    await page.mouse.move(900, 500);
    while (!over) {
      await page.keyboard.press(String.fromCharCode(97 + (typed++ % 26)));
      const before = performance.now();
      await page.mouse.wheel(0, typed % 20 < 10 ? -300 : 600);
      slowestWheel = Math.max(slowestWheel, performance.now() - before);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return { typed, slowestWheel };
  };
  const running = run();
  // The page may be closed meanwhile, by an error that is reported.
  running.catch(() => {});
  return {
    end: async () => {
      over = true;
      return await running;
    },
  };
}

async function write(response, text, size, burst) {
  const begin = performance.now();
  for (let at = 0, count = 0; at < text.length; at += size, count++) {
    response.delta(text.slice(at, at + size));
    const early = begin + (count + 1) * pause - performance.now();
    if (!burst && early > 0) {
      await new Promise((resolve) => setTimeout(resolve, early));
    }
  }
  response.complete();
}

export function pageInWords(result) {
  const { longTasks, typed, slowestKey, slowestWheel, sent, shown, heap, nodes } = result;
  const seconds = (value) => `${(value / 1_000).toFixed(1)} s`;
  return (
    `${tasksInWords(result)}, ${longTasks} long tasks by the clock; sent in ${seconds(sent)}, shown after ${seconds(shown)}; ` +
    `${typed} keys, the slowest painted after ${ms(slowestKey)}, slowest turn of the wheel ${ms(slowestWheel)}; ` +
    `${nodes} elements, heap ${(heap / 1e6).toFixed(0)} MB`
  );
}
