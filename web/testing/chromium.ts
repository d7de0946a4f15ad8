import { existsSync } from "node:fs";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The Chromium that `CHROMIUM` names, or else the first one of this machine; undefined if there is none. */
export function chromiumPath(): string | undefined {
  const { CHROMIUM } = process.env;
  return (CHROMIUM === undefined ? places : [CHROMIUM]).find((path) => existsSync(path));
}

/** For a person who has none. */
export const noChromium = "no Chromium was found: install it, or set CHROMIUM to its path";
