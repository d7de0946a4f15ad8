import type { en } from "./en.js";

/** The same shape with any strings: a language that lacks a word does not compile. */
type AnyStrings<T> = T extends string
  ? string
  : T extends (...values: infer Values) => string
    ? (...values: Values) => string
    : { readonly [K in keyof T]: AnyStrings<T[K]> };

/** All words of the page in one language. */
export type Words = AnyStrings<typeof en>;
