import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { expect, it } from "vitest";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const MAX_BYTES = 8 * 1024;

function run(...command: string[]): string {
  const [program, ...args] = command as [string, ...string[]];
  return execFileSync(program, args, { cwd: PACKAGE, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

it(`the core has at most ${MAX_BYTES} bytes, minified and gzipped`, () => {
  const built = buildSync({
    entryPoints: [`${PACKAGE}dist/index.js`],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    metafile: true,
  });
  const [output] = built.outputFiles;
  expect(gzipSync(output?.contents ?? "", { level: 9 }).length).toBeLessThanOrEqual(MAX_BYTES);
  expect(Object.keys(built.metafile.inputs).filter((input) => input.includes("node_modules"))).toEqual([]);
});

it("has no dependency", () => {
  expect(JSON.parse(readFileSync(`${PACKAGE}package.json`, "utf8"))).not.toHaveProperty("dependencies");
});

it("packs what is built, its description and its licence", () => {
  const [packed] = JSON.parse(run("npm", "pack", "--dry-run", "--json", "--ignore-scripts"));
  const names = packed.files.map((file: { path: string }) => file.path);
  expect(names).toEqual(
    expect.arrayContaining(["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]),
  );
  expect(
    names.filter((name: string) => !/^(package\.json|README\.md|LICENSE|dist\/.*\.(js|d\.ts))$/.test(name)),
  ).toEqual([]);
});

it("passes publint", { timeout: 60_000 }, () => {
  run("publint", "--strict");
});

it("has types that every ES module resolution finds", { timeout: 60_000 }, () => {
  run("attw", "--pack", ".", "--profile", "esm-only", "--quiet");
});
