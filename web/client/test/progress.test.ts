import { describe, expect, it } from "vitest";
import { Progress, type Verdict } from "../src/progress.js";
import type { ResponseEvent } from "../src/types.js";

function event(sequence_number: number, type = "response.output_text.delta", fields = {}): ResponseEvent {
  return { type, sequence_number, ...fields } as ResponseEvent;
}

function verdicts(progress: Progress, ...events: ResponseEvent[]): Verdict[] {
  return events.map((next) => progress.take(next));
}

describe("the progress of an answer", () => {
  it("lets each event through once", () => {
    const progress = new Progress(-1);
    expect(verdicts(progress, event(0), event(0), event(1), event(0), event(2, "response.completed"))).toEqual([
      "deliver",
      "ignore",
      "deliver",
      "ignore",
      "end",
    ]);
    expect(progress).toMatchObject({ last: 2, ended: true });
  });

  it("tells a gap once, until it is filled", () => {
    const progress = new Progress(3);
    expect(verdicts(progress, event(6), event(7), event(4), event(6), event(5))).toEqual([
      "gap",
      "ignore",
      "deliver",
      "gap",
      "deliver",
    ]);
  });

  it("tells a gap again on another stream", () => {
    const progress = new Progress(3);
    progress.take(event(6));
    progress.reattach();
    expect(progress.take(event(6))).toBe("gap");
  });

  it("takes a terminal event that is older than what is known", () => {
    const progress = new Progress(9);
    expect(verdicts(progress, event(4), event(5, "response.failed"))).toEqual(["ignore", "end"]);
  });

  it("ignores everything after the end", () => {
    const progress = new Progress(-1);
    progress.take(event(0, "response.incomplete"));
    expect(verdicts(progress, event(1), event(0, "response.incomplete"))).toEqual(["ignore", "ignore"]);
  });

  it("does not let an event with omitted branches through", () => {
    const progress = new Progress(0);
    const shortened = event(1, "response.completed", { "rill:omitted": ["/response/output"] });
    expect(verdicts(progress, shortened, event(1, "response.completed"))).toEqual(["omitted", "end"]);
  });

  it("ignores what has no number", () => {
    expect(new Progress(-1).take({ type: "rill:news" } as never)).toBe("ignore");
  });
});
