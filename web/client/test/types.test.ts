import { expect, expectTypeOf, it } from "vitest";
import type { Answer, OutputItem, Response, ResponseEvent, RillError } from "../src/index.js";

function describeEvent(event: ResponseEvent): string {
  switch (event.type) {
    case "response.output_text.delta":
      expectTypeOf(event.delta).toEqualTypeOf<string>();
      return event.delta;
    case "response.completed":
    case "response.failed":
      expectTypeOf(event.response).toEqualTypeOf<Response>();
      return event.response.id;
    case "response.output_item.done":
      expectTypeOf(event.item).toEqualTypeOf<OutputItem>();
      return event.item.type === "function_call" ? event.item.arguments : event.item.type;
    case "rill:response.restarted":
      return String(event.attempt);
    default:
      expectTypeOf(event.type).toExtend<string>();
      return event.type;
  }
}

it("tells events apart by their type, and takes those of any other", () => {
  const events = [
    { type: "response.output_text.delta", delta: "one", sequence_number: 0 },
    { type: "rill:response.restarted", attempt: 2, sequence_number: 1 },
    { type: "response.odd", sequence_number: 2 },
  ] as ResponseEvent[];
  expect(events.map(describeEvent)).toEqual(["one", "2", "response.odd"]);
});

it("has the types of its manual", () => {
  expectTypeOf<Answer["done"]>().toEqualTypeOf<Promise<Response>>();
  expectTypeOf<Answer["error"]>().toEqualTypeOf<RillError | undefined>();
  expectTypeOf<Answer>().toExtend<AsyncIterable<ResponseEvent>>();
});
