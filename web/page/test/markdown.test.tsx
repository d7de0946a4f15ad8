// @vitest-environment happy-dom
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Markdown, type MarkdownProps } from "../src/markdown/index.js";
import type { FrameClock } from "../src/markdown/pacing.js";

/** Frames that come when the test says so; reading takes no time. */
class ManualFrames implements FrameClock {
  #callbacks = new Set<() => void>();

  now(): number {
    return 0;
  }

  nextFrame(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  run(): void {
    while (this.#callbacks.size > 0) {
      const callbacks = [...this.#callbacks];
      this.#callbacks.clear();
      for (const callback of callbacks) callback();
    }
  }
}

let host: HTMLElement;
let root: Root;
let frames: ManualFrames;

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  host = document.createElement("div");
  document.body.append(host);
  root = createRoot(host);
  frames = new ManualFrames();
});

afterEach(() => {
  act(() => root.unmount());
  host.remove();
});

function show(text: string, streaming = false, props: Partial<MarkdownProps> = {}): void {
  act(() => root.render(<Markdown text={text} streaming={streaming} frames={frames} {...props} />));
  act(() => frames.run());
}

const article = `# Why the sky is *blue*

The **sky** scatters \`blue\` light, ~~red~~ and [more](https://example.com/a_(b) "title") of it, see https://example.org/x.
A second line with snake_case_name, 5*3=15 and 2 * 4 & AT&T &amp; &copy; <b>tag</b>.

## Steps

1. First with **bold *and italic* text**
2. Second
   - nested \`code\`
   - [ ] open task
   - [x] done task

   A paragraph in the item.
3. Third

> A quote with _emphasis_
> over two lines

| Name | Value **b** |
|:-----|------:|
| one  | \`1\`   |
| two  | ***2*** |

\`\`\`ts
const x: number = 1; // **not bold**
\`\`\`

~~~
plain
~~~

Title
-----

![An image](https://example.com/i.png) and ![data](data:image/png;base64,AAAA).

---

#### Deep
日本語の**太字**と\`コード\`です。
`;

describe("a text that is streamed", { timeout: 60_000 }, () => {
  it("loses no letter that was shown before", () => {
    let before = "";
    for (let length = 0; length <= article.length; length++) {
      show(article.slice(0, length), true);
      const now = letters(host);
      expect(
        now.startsWith(before),
        `after ${JSON.stringify(article.slice(0, length).slice(-60))}:\n${before}\n${now}`,
      ).toBe(true);
      before = now;
    }
    show(article, false);
    expect(letters(host)).toBe(before);
  });

  it("becomes what the whole text is", () => {
    for (let length = 0; length <= article.length; length++) show(article.slice(0, length), true);
    show(article, false);
    const streamed = outline(host);
    act(() => root.render(null));
    show(article, false);
    expect(outline(host)).toBe(streamed);
  });
});

describe("a half-written text", () => {
  it.each([
    ["**bold", "<strong>bold</strong>"],
    ["a **bold*", "a <strong>bold</strong>"],
    ["a *", "a "],
    ["a ***b", "a <em><strong>b</strong></em>"],
    ["~~gone", "<del>gone</del>"],
    ["about ~5 and ~6", "about ~5 and ~6"],
    ["5*3=15", "5*3=15"],
    ["2 * 3", "2 * 3"],
    ["run `npm in", "run <code>npm in</code>"],
    ["run ``a ` b", "run <code>a ` b</code>"],
    ["AT&am", "AT"],
    ["AT&T rises", "AT&amp;T rises"],
    ["see a[0", "see a[0"],
  ])("%s is shown as what it becomes", (text, expected) => {
    show(text, true);
    expect(host.querySelector("p")?.innerHTML).toBe(expected);
  });

  it.each(["see [the **page", "see [the page](https://exam", "see ![the page](ht"])(
    "%s is a link without an address",
    (text) => {
      show(text, true);
      const link = host.querySelector("a");
      expect(link?.textContent).toMatch(/^the page?$/);
      expect(link?.hasAttribute("href")).toBe(false);
      expect(host.textContent).not.toContain("http");
    },
  );

  it("a header of a table is a table", () => {
    show("Text\n\n| A | B", true);
    expect([...host.querySelectorAll("th")].map((cell) => cell.textContent)).toEqual(["A", "B"]);
  });

  it("a row of a table has its cells", () => {
    show("| A | B |\n|---|---|\n| 1 | **2", true);
    expect([...host.querySelectorAll("td")].map((cell) => cell.innerHTML)).toEqual(["1", "<strong>2</strong>"]);
  });

  it("an open fence is a code block", () => {
    show("Text\n\n```ts\nlet x = **1", true);
    expect(host.querySelector("pre")?.textContent).toBe("let x = **1");
    expect(host.querySelector(".markdown-code-language")?.textContent).toBe("ts");
  });

  it.each(["-", "1.", "#", "- [", "- [x]", "==", "``", "|", "|--", ">"])("%s waits for what follows", (line) => {
    show(`Text\n${line}`, true);
    expect(host.querySelector(".markdown")?.innerHTML).toContain('<p dir="auto">Text</p></div>');
    show(`Text\n${line}`, false);
    expect(host.querySelectorAll(".markdown-group > *").length + host.querySelectorAll("br").length).toBeGreaterThan(0);
  });
});

describe("a finished block", () => {
  it("keeps its nodes while text is added", () => {
    const kept = new Map<number, Element>();
    for (let length = 0; length <= article.length; length += 3) {
      show(article.slice(0, length), true);
      const blocks = [...host.querySelectorAll(".markdown-group > *")];
      blocks.slice(0, -2).forEach((block, index) => {
        expect(kept.get(index) ?? block).toBe(block);
        kept.set(index, block);
      });
    }
    expect(kept.size).toBeGreaterThan(8);
  }, 60_000);

  it("keeps the nodes of a list's finished items", () => {
    show("- one\n- two **b**\n- thr", true);
    const items = [...host.querySelectorAll("li")];
    show("- one\n- two **b**\n- three\n- four", true);
    expect([...host.querySelectorAll("li")].slice(0, 3)).toEqual(items);
  });
});

describe("what a text must not do", () => {
  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "<iframe src=//example.com></iframe>",
    "<!-- comment -->",
  ])("%s is shown as text", (html) => {
    show(`${html}\n\nText ${html}`);
    expect(host.querySelectorAll("script, img, iframe, a")).toHaveLength(0);
    expect(host.textContent?.split(html)).toHaveLength(3);
  });

  it.each([
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "&#106;avascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc",
    "//example.com",
    "/path",
    "java\tscript:x",
  ])("%s is no link", (address) => {
    show(`[a](<${address}>) ![b](<${address}>)`);
    expect(host.querySelectorAll("a[href], img")).toHaveLength(0);
  });

  it("a link opens elsewhere, without a referrer", () => {
    show("[a](https://example.com) <me@example.com> ![b](https://example.com/b.png)");
    const links = [...host.querySelectorAll("a")];
    expect(links.map((link) => link.getAttribute("href"))).toEqual([
      "https://example.com/",
      "mailto:me@example.com",
      "https://example.com/b.png",
    ]);
    expect(links.every((link) => link.target === "_blank" && link.rel === "noopener noreferrer")).toBe(true);
  });
});

describe("headings", () => {
  it("leave out no level", () => {
    show("### A\n\n##### B\n\n# C\n\n- ## D\n\n###### E\n\n## F");
    expect([...host.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(({ localName }) => localName).join(" ")).toBe(
      "h3 h4 h3 h4 h5 h4",
    );
  });

  it("begin at the level of the page", () => {
    show("# A\n\n## B", false, { headingLevel: 5 });
    expect(host.querySelector("h5")?.textContent).toBe("A");
    expect(host.querySelector("h6")?.textContent).toBe("B");
  });
});

describe("direction", () => {
  it("of a block is that of its text", () => {
    show("مرحبا\n\n- שלום\n\n> hello\n\n```\nx\n```");
    expect(host.querySelector("p")?.dir).toBe("auto");
    expect(host.querySelector("ul")?.dir).toBe("rtl");
    expect(host.querySelector("blockquote")?.dir).toBe("ltr");
    expect(host.querySelector(".markdown-code")?.getAttribute("dir")).toBe("ltr");
  });
});

describe("a code block", () => {
  it("is copied as it was written", async () => {
    const copied: string[] = [];
    Object.defineProperty(navigator, "clipboard", {
      configurable: true,
      value: { writeText: async (text: string) => void copied.push(text) },
    });
    const code = "a\n\n".repeat(300);
    show(`\`\`\`\n${code}\`\`\`\n`);
    await act(async () => host.querySelector("button")?.click());
    expect(copied).toEqual([code.slice(0, -1)]);
    expect(host.querySelector("button")?.textContent).toBe("Copied");
  });
});

describe("a text whose far parts have left the document", () => {
  const long = `${"many words follow here ".repeat(150)}\n\n`.repeat(300);
  const skip = (group: Element, skipped: boolean) =>
    act(() => group.dispatchEvent(Object.assign(new Event("contentvisibilityautostatechange"), { skipped })));
  const firstGroup = () => host.querySelector(".markdown-group") as HTMLElement;

  beforeEach(() => {
    vi.stubGlobal("ContentVisibilityAutoStateChangeEvent", Event);
    show(long);
    skip(firstGroup(), true);
    expect(firstGroup().textContent).toBe("");
  });
  afterEach(() => void vi.unstubAllGlobals());

  it("has them again when they come near", () => {
    skip(firstGroup(), false);
    expect(firstGroup().textContent).toMatch(/^many words/);
  });

  it("shows another text that takes its place within one frame", () => {
    show("A new attempt.", true);
    expect(host.textContent).toBe("A new attempt.");
    expect(firstGroup().style.minBlockSize).toBe("");
  });

  it("has them while it is printed", () => {
    act(() => void dispatchEvent(new Event("beforeprint")));
    expect(firstGroup().textContent).toMatch(/^many words/);
    act(() => void dispatchEvent(new Event("afterprint")));
    expect(firstGroup().textContent).toBe("");
  });
});

/** Shown text without what Markdown uses as marks. */
function letters(element: Element): string {
  const code = element.cloneNode(true) as Element;
  for (const head of code.querySelectorAll(".markdown-code-head")) head.remove();
  return (code.textContent ?? "").replace(/[^\p{L}\p{N}]/gu, "");
}

/** Elements with their attributes in order of names; groups are left out, since they depend on how text arrived. */
function outline(node: Node): string {
  if (!(node instanceof Element)) return node.textContent ?? "";
  const children = [...node.childNodes].map(outline).join("");
  if (/^markdown-(?:section|group)$/.test(node.className)) return children;
  const attributes = [...node.attributes].map(({ name, value }) => `${name}=${value}`).toSorted();
  return `<${[node.localName, ...attributes].join(" ")}>${children}</>`;
}
