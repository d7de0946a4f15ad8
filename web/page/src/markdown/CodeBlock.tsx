import { type ReactNode, useContext, useEffect, useState } from "react";
import { CodePart, chunksOfPart } from "./CodePart.js";
import { type CodeChunk, textOf } from "./code-text.js";
import { useHighlighter } from "./highlight/useHighlighter.js";
import { SettingsContext } from "./labels.js";

interface CodeBlockProps {
  /** What stands after the opening fence; its first word is the language */
  info: string | undefined;
  chunks: readonly CodeChunk[];
}

/** Chunks up to which all of a block is laid out */
const shortBlock = 4;

/** A code block with its language and a button that copies it. */
export function CodeBlock({ info, chunks }: CodeBlockProps): ReactNode {
  const { labels } = useContext(SettingsContext);
  const language = info?.trim().split(/[\s{,]/)[0] ?? "";
  const highlighter = useHighlighter(language);
  const long = chunks.length > shortBlock;
  return (
    <div className="markdown-code" dir="ltr" data-long={long || undefined}>
      <div className="markdown-code-head">
        <span className="markdown-code-language">{language || labels.code}</span>
        <CopyButton text={() => textOf(chunks)} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>
          {Array.from({ length: Math.ceil(chunks.length / chunksOfPart) }, (_, part) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts are only added at the end
            <CodePart key={part} chunks={chunks} from={part * chunksOfPart} highlighter={highlighter} long={long} />
          ))}
        </code>
      </pre>
    </div>
  );
}

function CopyButton({ text }: { text: () => string }): ReactNode {
  const { labels } = useContext(SettingsContext);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    navigator.clipboard.writeText(text()).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <button type="button" className="markdown-code-copy" onClick={copy}>
      {copied ? labels.copied : labels.copy}
    </button>
  );
}
