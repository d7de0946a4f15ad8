const letter = /\p{L}/u;
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}]|[\u{1e800}-\u{1efff}]/u;

/**
 * Direction of a list, quote or table: that of its first letter. `dir="auto"` cannot tell it, since it passes over
 * descendants that have a `dir` of their own.
 */
export function directionOf(text: string): "ltr" | "rtl" {
  return rightToLeft.test(letter.exec(text.slice(0, 500))?.[0] ?? "") ? "rtl" : "ltr";
}
