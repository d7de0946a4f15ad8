import { describe, expect, it } from "vitest";
import { chunksOf, textOf } from "../src/markdown/code-text.js";
import { ChunkHighlighter } from "../src/markdown/highlight/chunk-highlighter.js";
import { languageOf } from "../src/markdown/highlight/language-names.js";
import { parserOf } from "../src/markdown/highlight/languages.js";

/** Code with the kind of each piece that has one: `keyword(const) x`. */
function marked(language: string, code: string): string {
  const parser = parserOf(languageOf(language) ?? "");
  if (!parser) throw new Error(`No parser of ${language}`);
  const chunks = chunksOf(code);
  const highlighter = new ChunkHighlighter(parser);
  return chunks
    .map((_, index) =>
      highlighter
        .spans(chunks, index)
        ?.map(({ text, kind }) => (kind ? `${kind}(${text})` : text))
        .join(""),
    )
    .join("\n");
}

describe("a code block", () => {
  it.each([
    ["ts", 'const a = "b"; // c', 'keyword(const) title(a) = string("b"); comment(// c)'],
    ["json", '{"a": 1, "b": null}', /number\(1\).*number\(null\)/],
    [
      "python",
      'def f(x): return "y"  # z',
      /keyword\(def\) title\(f\).*keyword\(return\) string\("y"\) {2}comment\(# z\)/,
    ],
    [
      "java",
      "public int f(int a) { return 1; }",
      "keyword(public) keyword(int) title(f)(keyword(int) a) { keyword(return) number(1); }",
    ],
    ["rust", "fn f<'a>(x: &'a str) -> u8 { 0 }", /keyword\(fn\).*keyword\(str\).*number\(0\)/],
    ["sql", "SELECT a FROM b -- c", "keyword(SELECT) a keyword(FROM) b comment(-- c)"],
    ["css", "a.b { color: #fff; }", /title\(color\)/],
    ["bash", 'echo "a $b" # c', /title\(echo\) string\("a .*comment\(# c\)/],
    ["html", '<a href="b">c</a>', /keyword\(<?a.*string\("b"\)/],
    ["yaml", "a: 1 # c", /comment\(# c\)/],
    ["go", "x := `a\nb` // c", "x := string(`a)\nstring(b`) comment(// c)"],
    ["dockerfile", "FROM a # b", "keyword(FROM) a comment(# b)"],
    ["diff", "+a\n-b", "string(+a)\nkeyword(-b)"],
  ])("is highlighted in %s", (language, code, expected) => {
    expect(marked(language, code)).toMatch(expected);
  });

  it("keeps its text in every language", () => {
    const code = 'a("b", `c`, \'d) { /* e\n\n*/ -- f # g // h """i\n<j k=1>l</j>\n@m 0x1F $n\n\t- o: p\n+q\n';
    for (const language of "c cpp csharp css diff docker go html java js json kt php ini py rb rs sh sql swift toml ts xml yml".split(
      " ",
    )) {
      const parser = parserOf(languageOf(language) ?? "");
      expect(parser, language).toBeDefined();
      if (!parser) continue;
      const chunks = chunksOf(code);
      const spans = new ChunkHighlighter(parser).spans(chunks, 0);
      expect(spans?.map(({ text }) => text).join(""), language).toBe(textOf(chunks));
    }
  });

  it("goes on with a comment in its next chunk", () => {
    const comment = `/* ${"line\n".repeat(100)} */ let x`;
    expect(marked("ts", comment).split("\n")[99]).toBe("comment(line)");
  });

  it("is plain where a line is very long", () => {
    expect(marked("json", `[${"1,".repeat(600)}]\n[1]`)).toMatch(/^\[(?:1,)+\]\n\[number\(1\)\]$/);
  });

  it("computes the states before a far chunk in portions", () => {
    const parser = parserOf("typescript");
    if (!parser) throw new Error("No parser");
    const chunks = chunksOf("let x = 1;\n".repeat(64 * 100));
    const highlighter = new ChunkHighlighter(parser);
    let asked = 1;
    while (highlighter.spans(chunks, 99) === undefined) asked++;
    expect(asked).toBeGreaterThan(2);
  });
});

describe("text of code", () => {
  it("is the same however it arrives", () => {
    const code = `${"short\n".repeat(200)}${"x".repeat(9_000)}\n\n  end`;
    expect(textOf(chunksOf(code))).toBe(code);
  });
});
