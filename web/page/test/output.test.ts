import type { ResponseEvent } from "rill-client";
import { describe, expect, it } from "vitest";
import { markdownOf, noOutput, type Output, outputAfter } from "../src/state/output.js";

const event = (type: string, fields: object) => ({ type, sequence_number: 0, ...fields }) as unknown as ResponseEvent;
const after = (...events: ResponseEvent[]): Output => events.reduce(outputAfter, noOutput);

describe("the output of a response", () => {
  it("collects reasoning, text and calls by their place", () => {
    const output = after(
      event("response.output_item.added", { output_index: 0, item: { type: "reasoning", summary: [] } }),
      event("response.reasoning_summary_text.delta", { output_index: 0, delta: "Hm" }),
      event("response.output_item.added", { output_index: 1, item: { type: "message", content: [] } }),
      event("response.output_text.delta", { output_index: 1, delta: "Be" }),
      event("response.output_text.delta", { output_index: 1, delta: "cause" }),
      event("response.output_item.added", {
        output_index: 2,
        item: { type: "function_call", name: "f", arguments: "" },
      }),
      event("response.function_call_arguments.delta", { output_index: 2, delta: "{}" }),
    );
    expect(output).toEqual([
      { kind: "reasoning", text: "Hm" },
      { kind: "text", text: "Because", refusal: "" },
      { kind: "call", name: "f", arguments: "{}" },
    ]);
  });

  it("takes a delta whose item was never added", () => {
    expect(markdownOf(after(event("response.output_text.delta", { output_index: 2, delta: "a" })))).toBe("a");
  });

  it("is forgotten when another attempt begins", () => {
    const delta = event("response.output_text.delta", { output_index: 0, delta: "a" });
    expect(after(delta, event("rill:response.restarted", { attempt: 2 }))).toEqual([]);
  });

  it("is that of the terminal event at the end", () => {
    const content = [
      { type: "output_text", text: "whole" },
      { type: "refusal", refusal: "no" },
    ];
    const response = { output: [{ type: "message", content }, { type: "web_search_call" }] };
    const output = after(
      event("response.output_text.delta", { output_index: 0, delta: "half" }),
      event("response.completed", { response }),
    );
    expect(output).toEqual([
      { kind: "text", text: "whole", refusal: "no" },
      { kind: "other", type: "web_search_call" },
    ]);
  });

  it("stays the same for an event that shows nothing", () => {
    const output = after(event("response.output_text.delta", { output_index: 0, delta: "a" }));
    expect(outputAfter(output, event("response.content_part.done", {}))).toBe(output);
  });

  it("is copied with its refusal, and without its reasoning", () => {
    const output = after(
      event("response.reasoning_text.delta", { output_index: 0, delta: "Hm" }),
      event("response.refusal.delta", { output_index: 1, delta: "I can’t." }),
    );
    expect(markdownOf(output)).toBe("I can’t.");
  });
});
