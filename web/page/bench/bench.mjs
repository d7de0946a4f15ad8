/**
 * Streams long answers into Chromium and reports how long its tasks take: `npm run bench -w page`, or with a part of the
 * names of the cases that are wanted. Cases named "page" show the whole built page, the other ones its Markdown alone.
 * `TRACE=FILE` keeps the trace of a case of the page.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { chromiumPath, noChromium } from "../../testing/chromium.ts";
import { measurePage, pageCases, pageInWords } from "./page.mjs";
import { limit, tasksInWords, tasksOf } from "./tasks.mjs";
import { lines, texts } from "./texts.mjs";

const executablePath = chromiumPath();
const here = fileURLToPath(new URL(".", import.meta.url));
const megabytes = 5_000_000;

const cases = [
  { name: "1,000 lines, 4 characters every 2 ms", text: lines(1_000), characters: 4, milliseconds: 2 },
  { name: "5 MB, mixed", text: texts.mixed(megabytes), characters: 4_000, milliseconds: 4 },
  { name: "5 MB, mixed, at once", text: texts.mixed(megabytes), characters: megabytes + 100, milliseconds: 0 },
  { name: "5 MB, mixed, not followed", text: texts.mixed(megabytes), characters: 4_000, milliseconds: 4, still: true },
  { name: "5 MB, one paragraph", text: texts.paragraph(megabytes), characters: 4_000, milliseconds: 4 },
  { name: "5 MB, one word", text: texts.word(megabytes), characters: 4_000, milliseconds: 4 },
  { name: "5 MB, one code block", text: texts.code(megabytes), characters: 4_000, milliseconds: 4 },
  { name: "5 MB, one line of code", text: texts["line of code"](megabytes), characters: 4_000, milliseconds: 4 },
  { name: "5 MB, one list", text: texts.list(megabytes), characters: 4_000, milliseconds: 4 },
  { name: "5 MB, one table", text: texts.table(megabytes), characters: 4_000, milliseconds: 4 },
  { name: "5 MB, one quote", text: texts.quote(megabytes), characters: 4_000, milliseconds: 4 },
];

if (executablePath === undefined) {
  console.log(`Skipped: ${noChromium}.`);
} else {
  const directory = await mkdtemp(join(tmpdir(), "rill-bench-"));
  try {
    const slow = await measureAll(directory, process.argv[2]);
    if (slow.length > 0) {
      console.error(`Over ${limit} ms at p99: ${slow.join("; ")}`);
      process.exitCode = 1;
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function measureAll(directory, wanted) {
  await build({
    entryPoints: [join(here, "harness.tsx")],
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    outdir: directory,
  });
  const style = await readFile(join(here, "../src/markdown/markdown.css"), "utf8");
  await writeFile(
    join(directory, "index.html"),
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Bench</title><style>:root{color-scheme:light dark}body{max-width:45rem;margin:auto;font:16px sans-serif}${style}</style><div id="root"></div><script type="module" src="harness.js"></script></html>`,
  );
  const slow = [];
  const all = [
    ...pageCases.map((one) => ({ ...one, measured: measurePage, inWords: pageInWords })),
    ...cases.map((one) => ({ ...one, measured: measure, inWords: componentInWords })),
  ];
  for (const one of all) {
    if (wanted !== undefined && !one.name.includes(wanted)) continue;
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--allow-file-access-from-files"] });
    try {
      const result = await one.measured(browser, directory, one);
      console.log(`${one.name}: ${one.inWords(result)}`);
      if (result.p99 > limit) slow.push(one.name);
    } finally {
      await browser.close();
    }
  }
  return slow;
}

async function measure(browser, directory, { text, characters, milliseconds, still = false }) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("pageerror", (error) => console.error(error));
  await page.goto(`file://${directory}/index.html`);
  await page.waitForFunction(() => "stream" in globalThis);
  await page.evaluate((value) => {
    globalThis.benchText = value;
  }, text);
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  const outcome = await page.evaluate(
    ([size, pause, follow]) => globalThis.stream(globalThis.benchText, size, pause, follow),
    [characters, milliseconds, !still],
  );
  const trace = JSON.parse((await browser.stopTracing()).toString());
  return { ...outcome, ...tasksOf(trace.traceEvents) };
}

function componentInWords(result) {
  const { shown, shift, nodes } = result;
  return `${tasksInWords(result)}; all shown after ${(shown / 1_000).toFixed(1)} s, layout shift ${shift.toFixed(3)}, ${nodes} elements`;
}
