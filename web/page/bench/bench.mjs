/** Streams long answers into the page in Chromium and reports how long its tasks take: `npm run bench`. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { lines, texts } from "./texts.mjs";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const here = fileURLToPath(new URL(".", import.meta.url));
const megabytes = 5_000_000;
const limit = 50;

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

if (!existsSync(executablePath)) {
  console.log(`Skipped: no Chromium at ${executablePath}; set CHROMIUM to its path.`);
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
  for (const one of cases) {
    if (wanted !== undefined && !one.name.includes(wanted)) continue;
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--allow-file-access-from-files"] });
    try {
      const result = await measure(browser, directory, one);
      console.log(line(one.name, result));
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

/** CPU time of the tasks of the renderer's main thread, which another process does not lengthen; those under 1 ms are left out, so that p99 means something. */
function tasksOf(events) {
  const main = events.filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain");
  const threads = new Set(main.map((event) => `${event.pid}:${event.tid}`));
  const durations = events
    .filter((event) => event.name === "ThreadControllerImpl::RunTask" && threads.has(`${event.pid}:${event.tid}`))
    .map((event) => (event.tdur ?? event.dur ?? 0) / 1_000)
    .filter((duration) => duration >= 1)
    .sort((a, b) => a - b);
  const at = (share) => durations[Math.min(durations.length - 1, Math.floor(share * durations.length))] ?? 0;
  const over = durations.filter((duration) => duration > limit).length;
  return { tasks: durations.length, p50: at(0.5), p99: at(0.99), longest: at(1), over };
}

function line(name, { tasks, p50, p99, longest, over, shown, shift, nodes }) {
  const ms = (value) => `${value.toFixed(1)} ms`;
  return `${name}: ${tasks} tasks, p50 ${ms(p50)}, p99 ${ms(p99)}, longest ${ms(longest)}, ${over} over ${limit} ms; all shown after ${(shown / 1_000).toFixed(1)} s, layout shift ${shift.toFixed(3)}, ${nodes} elements`;
}
