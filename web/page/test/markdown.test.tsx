// @vitest-environment happy-dom
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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

describe("a text that is streamed", () => {
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
  if (node.className === "markdown-group") return children;
  const attributes = [...node.attributes].map(({ name, value }) => `${name}=${value}`).toSorted();
  return `<${[node.localName, ...attributes].join(" ")}>${children}</>`;
}
