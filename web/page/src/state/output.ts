import type { OutputItem, ResponseEvent } from "rill-client";

/** What one item of a response shows. */
export type Shown =
  | { readonly kind: "text"; readonly text: string; readonly refusal: string }
  | { readonly kind: "reasoning"; readonly text: string }
  | { readonly kind: "call"; readonly name: string; readonly arguments: string }
  | { readonly kind: "other"; readonly type: string };

/** The items of a response by `output_index`. */
export type Output = readonly Shown[];

export const noOutput: Output = [];

/** The output after an event. The same array if the event changes nothing that is shown. */
export function outputAfter(output: Output, event: ResponseEvent): Output {
  switch (event.type) {
    case "response.output_item.added":
    case "response.output_item.done":
      return withItem(output, event.output_index, shownItem(event.item));
    case "response.output_text.delta":
      return withText(output, event.output_index, event.delta, "");
    case "response.refusal.delta":
      return withText(output, event.output_index, "", event.delta);
    case "response.reasoning.delta":
    case "response.reasoning_text.delta":
    case "response.reasoning_summary_text.delta":
      return withReasoning(output, event.output_index, event.delta);
    case "response.function_call_arguments.delta":
      return withArguments(output, event.output_index, event.delta);
    case "rill:response.restarted":
      return noOutput;
    case "response.completed":
    case "response.incomplete":
    case "response.failed":
    case "response.cancelled":
      return (event.response.output ?? []).map(shownItem);
    default:
      return output;
  }
}

/** The answer as Markdown, without reasoning and calls. */
export function markdownOf(output: Output): string {
  const texts = output.map((item) => (item.kind === "text" ? item.text || item.refusal : ""));
  return texts.filter((text) => text !== "").join("\n\n");
}

/** Items of one answer that are shown, at most. */
const MAX_ITEMS = 10_000;

function withItem(output: Output, index: number, item: Shown): Output {
  if (!Number.isInteger(index) || index < 0 || index >= MAX_ITEMS) {
    return output;
  }
  const items = output.slice();
  while (items.length < index) {
    items.push({ kind: "other", type: "" });
  }
  items[index] = item;
  return items;
}

function withText(output: Output, index: number, text: string, refusal: string): Output {
  const known = output[index];
  const before = known?.kind === "text" ? known : { text: "", refusal: "" };
  return withItem(output, index, { kind: "text", text: before.text + text, refusal: before.refusal + refusal });
}

function withReasoning(output: Output, index: number, delta: string): Output {
  const known = output[index];
  return withItem(output, index, { kind: "reasoning", text: (known?.kind === "reasoning" ? known.text : "") + delta });
}

function withArguments(output: Output, index: number, delta: string): Output {
  const known = output[index];
  const call = known?.kind === "call" ? known : { name: "", arguments: "" };
  return withItem(output, index, { kind: "call", name: call.name, arguments: call.arguments + delta });
}

function shownItem(item: OutputItem): Shown {
  switch (item.type) {
    case "message": {
      const parts = item.content ?? [];
      const text = parts.map((part) => (part.type === "output_text" ? part.text : "")).join("");
      const refusal = parts.map((part) => (part.type === "refusal" ? part.refusal : "")).join("");
      return { kind: "text", text, refusal };
    }
    case "reasoning": {
      const parts = [...(item.summary ?? []), ...(item.content ?? [])];
      return { kind: "reasoning", text: parts.map((part) => part.text).join("\n\n") };
    }
    case "function_call":
      return { kind: "call", name: item.name, arguments: item.arguments ?? "" };
    default:
      return { kind: "other", type: item.type };
  }
}
