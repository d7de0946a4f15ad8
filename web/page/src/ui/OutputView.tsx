import type { ReactNode } from "react";
import { Markdown } from "../markdown/index.js";
import type { Output, Shown } from "../state/output.js";
import { useWords } from "../words/index.js";

export interface OutputViewProps {
  output: Output;
  streaming: boolean;
}

/** Everything that a response has put out: text, reasoning, calls, refusals. */
export function OutputView({ output, streaming }: OutputViewProps): ReactNode {
  return output.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: an item's place in the output is its identity
    <Item key={`${index}-${item.kind}`} item={item} streaming={streaming} last={index === output.length - 1} />
  ));
}

function Item({ item, streaming, last }: { item: Shown; streaming: boolean; last: boolean }): ReactNode {
  const words = useWords();
  switch (item.kind) {
    case "text":
      return (
        <>
          {item.text !== "" && (
            <Markdown text={item.text} streaming={streaming} headingLevel={4} labels={words.markdown} />
          )}
          {item.refusal !== "" && (
            <p className="refusal">
              <strong>{words.output.refusal}</strong> <span dir="auto">{item.refusal}</span>
            </p>
          )}
        </>
      );
    case "reasoning":
      return item.text === "" ? null : (
        <details className="reasoning" open={streaming && last ? true : undefined}>
          <summary>{words.output.reasoning}</summary>
          <p dir="auto">{item.text}</p>
        </details>
      );
    case "call":
      return (
        <div className="call">
          <p>{words.output.call(item.name)}</p>
          <pre>
            <code>{item.arguments}</code>
          </pre>
          {!streaming && <p className="muted">{words.output.callEnd}</p>}
        </div>
      );
    case "other":
      return item.type === "" ? null : <p className="muted">{words.output.other(item.type)}</p>;
  }
}
