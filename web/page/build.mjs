// Bundles src into dist: index.html, hashed files in assets/, and SOURCES, the hash of all that they are made from.
// The same sources give the same bytes.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const page = fileURLToPath(new URL(".", import.meta.url));
const web = join(page, "..");
const dist = join(page, "dist");

/** Paths relative to web/ of a file, or of all files below a folder. */
function filesAt(path) {
  const entries = readdirSync(join(web, path), { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** SHA-256 over path, a zero byte, content, a zero byte of each source, sorted by path. */
function hashOfSources() {
  const single = ["page/index.html", "page/build.mjs", "client/package.json", "page/package.json", "package-lock.json"];
  const files = [...filesAt("client/src"), ...filesAt("page/src"), ...single.map((path) => join(web, path))];
  const paths = files.map((file) =>
    file
      .slice(web.length)
      .replace(/^[/\\]/, "")
      .replaceAll("\\", "/"),
  );
  const hash = createHash("sha256");
  for (const path of paths.sort()) {
    hash.update(path).update("\0");
    hash.update(readFileSync(join(web, path))).update("\0");
  }
  return hash.digest("hex");
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const result = await build({
  absWorkingDir: page,
  entryPoints: { page: "src/main.tsx", icon: "src/icon.svg" },
  outdir: "dist/assets",
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  alias: { "rill-client": "../client/src/index.ts" },
  loader: { ".svg": "copy" },
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome123", "firefox128", "safari18"],
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  charset: "utf8",
  metafile: true,
  logLevel: "warning",
});

const built = Object.keys(result.metafile.outputs).map((path) => `/${path.slice("dist/".length)}`);
const named = (ending) => built.find((path) => path.endsWith(ending));
const html = readFileSync(join(page, "index.html"), "utf8")
  .replace("{{icon}}", named(".svg"))
  .replace("{{style}}", named(".css"))
  .replace("{{script}}", named(".js"));
writeFileSync(join(dist, "index.html"), html);
copyFileSync(join(page, "src/robots.txt"), join(dist, "robots.txt"));
writeFileSync(join(dist, "licenses.txt"), licenses(Object.keys(result.metafile.inputs)));
writeFileSync(join(dist, "SOURCES"), `${hashOfSources()}\n`);

/** The licences of the packages whose code is in the page. */
function licenses(inputs) {
  const packages = inputs
    .map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(packages)]
    .sort()
    .map((name) => {
      const folder = join(page, "..", "node_modules", name);
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join("\n----\n\n");
}
