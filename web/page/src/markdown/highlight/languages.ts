/** The languages that are highlighted. This module is loaded when the first code block of one of them is shown. */
import { diff } from "@codemirror/legacy-modes/mode/diff";
import { javascript, json, typescript } from "@codemirror/legacy-modes/mode/javascript";
import { properties } from "@codemirror/legacy-modes/mode/properties";
import { python } from "@codemirror/legacy-modes/mode/python";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { html, xml } from "@codemirror/legacy-modes/mode/xml";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import type { StreamParser } from "@codemirror/streamparser";
import { languageFamily } from "./language-family.js";

const c =
  "auto bool break case char class const continue default do double else enum explicit extern float for friend goto if inline int long namespace new operator private protected public register return short signed sizeof static struct switch template this throw try catch typedef typename union unsigned using virtual void volatile while size_t constexpr override";
const java =
  "abstract assert boolean break byte case catch char class continue default do double else enum extends final finally float for if implements import instanceof int interface long module native new package permits private protected public record requires return sealed short static strictfp super switch synchronized this throw throws transient try var void volatile while yield";
const csharp =
  "abstract as async await base bool break byte case catch char class const continue decimal default delegate do double else enum event explicit extern finally fixed float for foreach get if implicit in init int interface internal is lock long namespace new object operator out override params private protected public readonly record ref return sealed set short sizeof static string struct switch this throw try typeof uint ulong using var virtual void volatile when where while yield";
const kotlin =
  "abstract as break by class companion const constructor continue data do else enum final for fun if import in inline interface internal is lateinit object open operator out override package private protected public return sealed suspend super this throw try typealias val var vararg when where while";
const go =
  "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var any bool byte error float32 float64 int int32 int64 rune string uint uint32 uint64";
const rust =
  "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait type unsafe use where while bool char f32 f64 i8 i16 i32 i64 isize str u8 u16 u32 u64 usize String Vec Option Result";
const swift =
  "as async await break case catch class continue default defer do else enum extension fallthrough for func guard if import in init inout internal is lazy let mutating open override private protocol public repeat return self Self static struct super switch throw throws try typealias var weak where while Bool Double Int String";
const php =
  "abstract and array as break case catch class clone const continue declare default do echo else elseif enum extends final finally fn for foreach function global if implements include instanceof interface match namespace new or print private protected public readonly require return static switch throw trait try use var while yield";
const ruby =
  "alias and begin break case class def do else elsif end ensure for if in include module next not or private protected public raise redo require rescue retry return self super then undef unless until when while yield attr_reader attr_accessor";
const sql =
  "add all alter and any as asc begin between by case check column commit constraint create cross database default delete desc distinct drop else end exists explain foreign from full function grant group having if in index inner insert intersect into is join key left like limit not offset on or order outer over partition primary procedure references returning right rollback select set table then transaction trigger truncate union unique update using values view when where with bigint boolean char date decimal double int integer interval json numeric real serial smallint text time timestamp varchar";
const docker =
  "add arg as cmd copy entrypoint env expose from healthcheck label maintainer onbuild run shell stopsignal user volume workdir";

const hash = { lineComment: /#/, blockComment: [/(?!)/, /$/] } as const;
const constants = "true false null nil";

const parsers: Readonly<Record<string, () => StreamParser<unknown>>> = {
  c: () => languageFamily({ keywords: c, constants: "true false NULL nullptr" }),
  cpp: () => languageFamily({ keywords: c, constants: "true false NULL nullptr" }),
  csharp: () => languageFamily({ keywords: csharp, constants }),
  css: () =>
    languageFamily({
      keywords: "@[\\w-]+ !important",
      lineComment: /(?!)/,
      titles: /[-\w]+(?=\s*:\s)|[.#][A-Za-z][-\w]*|--[-\w]+/,
    }),
  diff: () => diff,
  dockerfile: () => languageFamily({ ...hash, keywords: docker, ignoreCase: true }),
  go: () => languageFamily({ keywords: go, constants: "true false nil iota", longString: [/`/, /`/] }),
  html: () => html,
  java: () =>
    languageFamily({
      keywords: java,
      constants,
      longString: [/"""/, /"""/],
      titles: /@?[A-Za-z_$][\w$]*(?=\s*\()|@\w+/,
    }),
  javascript: () => javascript,
  json: () => json,
  kotlin: () => languageFamily({ keywords: kotlin, constants, longString: [/"""/, /"""/] }),
  php: () => languageFamily({ keywords: php, constants, lineComment: /\/\/|#/ }),
  properties: () => properties,
  python: () => python,
  ruby: () => languageFamily({ ...hash, keywords: ruby, constants: "true false nil" }),
  rust: () =>
    languageFamily({
      keywords: rust,
      constants: "true false None Some Ok Err",
      strings: /"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])'/,
    }),
  shell: () => shell,
  sql: () => languageFamily({ keywords: sql, constants, lineComment: /--/, ignoreCase: true }),
  swift: () => languageFamily({ keywords: swift, constants: "true false nil", longString: [/"""/, /"""/] }),
  toml: () => toml,
  typescript: () => typescript,
  xml: () => xml,
  yaml: () => yaml,
};

/** Returns the parser of a language that `languageOf` named. */
export function parserOf(language: string): StreamParser<unknown> | undefined {
  return Object.hasOwn(parsers, language) ? parsers[language]?.() : undefined;
}
