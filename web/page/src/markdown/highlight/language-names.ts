const names =
  "c cpp csharp css diff dockerfile go html java javascript json kotlin php properties python ruby rust shell sql swift toml typescript xml yaml";
const known = new Set(names.split(" "));

const aliases: Readonly<Record<string, string>> = {
  bash: "shell",
  sh: "shell",
  zsh: "shell",
  console: "shell",
  "shell-session": "shell",
  "c++": "cpp",
  cc: "cpp",
  h: "cpp",
  hpp: "cpp",
  cs: "csharp",
  "c#": "csharp",
  docker: "dockerfile",
  golang: "go",
  htm: "html",
  svg: "xml",
  js: "javascript",
  jsx: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  json5: "json",
  jsonc: "json",
  jsonl: "json",
  kt: "kotlin",
  kts: "kotlin",
  ini: "properties",
  env: "properties",
  conf: "properties",
  py: "python",
  python3: "python",
  rb: "ruby",
  rs: "rust",
  scss: "css",
  less: "css",
  postgresql: "sql",
  mysql: "sql",
  sqlite: "sql",
  ts: "typescript",
  tsx: "typescript",
  yml: "yaml",
  patch: "diff",
  scala: "kotlin",
  dart: "java",
  groovy: "java",
};

/** Returns the language that is highlighted for a code block's language, or undefined where it is shown plain. */
export function languageOf(name: string): string | undefined {
  const lower = name.toLowerCase();
  const language = Object.hasOwn(aliases, lower) ? aliases[lower] : lower;
  return language !== undefined && known.has(language) ? language : undefined;
}
