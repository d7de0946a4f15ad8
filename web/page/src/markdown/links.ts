import { decodeEntities } from "./entities.js";

const schemes = new Set(["http:", "https:", "mailto:"]);

/** Returns the address of a link if it may be opened: absolute, with http, https or mailto; otherwise undefined. */
export function safeAddress(href: string): string | undefined {
  try {
    const url = new URL(decodeEntities(href));
    return schemes.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}
