// Lets Lighthouse judge the page of a running stack, as a phone and as a desktop, and fails below 95 in any category:
//   npm run lighthouse -w page -- http://localhost:3000
// Lighthouse comes by `npm exec` from the registry: it has hundreds of packages, which nothing else here needs.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumPath, noChromium } from "../testing/chromium.ts";

const version = "13.5.0";
const least = 95;
const [url = "http://localhost:3000"] = process.argv.slice(2);
const chromium = chromiumPath();
const patience = 300_000;
const forms = { phone: [], desktop: ["--preset=desktop"] };

if (chromium === undefined) {
  console.error(`Not run: ${noChromium}.`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "rill-lighthouse-"));
try {
  const low = Object.entries(forms).flatMap(([form, options]) => judged(form, options));
  if (low.length > 0) {
    console.error(`Below ${least}: ${low.join(", ")}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Prints the scores and what costs points. Returns the categories that are too low. */
function judged(form, options) {
  const report = reportOf(form, options);
  const low = [];
  for (const { id, title, score, auditRefs } of Object.values(report.categories)) {
    const points = Math.round((score ?? 0) * 100);
    console.log(`${form}: ${title} ${points}`);
    for (const { id: audit, weight } of auditRefs) {
      const { title: what, score: good, displayValue = "" } = report.audits[audit];
      if (weight > 0 && good !== null && good < 0.9) {
        console.log(`  ${Math.round(good * 100)}: ${what} ${displayValue}`);
      }
    }
    if (points < least) {
      low.push(`${form} ${id} ${points}`);
    }
  }
  return low;
}

function reportOf(form, options) {
  const path = join(folder, `${form}.json`);
  const flags = ["--quiet", "--output=json", `--output-path=${path}`, "--no-enable-error-reporting"];
  const { status, error } = spawnSync(
    "npm",
    [
      ...["exec", "--yes", `--package=lighthouse@${version}`, "--", "lighthouse", url],
      ...flags,
      "--chrome-flags=--headless=new --no-sandbox",
      ...options,
    ],
    { stdio: ["ignore", "inherit", "inherit"], timeout: patience, env: { ...process.env, CHROME_PATH: chromium } },
  );
  if (status !== 0) {
    throw new Error(`Lighthouse has failed: ${error?.message ?? `exit code ${status}`}`);
  }
  return JSON.parse(readFileSync(path, "utf8"));
}
