import { describe, expect, it } from "vitest";
import { axisSeconds, columns, resolution, Timeline } from "../src/state/timeline.js";

const event = (type: string) => ({ type, sequence_number: 0 }) as never;

describe("a timeline", () => {
  it("marks states, and the first delta once", () => {
    const timeline = new Timeline(1_000);
    timeline.take(event("response.created"), 1_100);
    timeline.take(event("response.in_progress"), 1_150);
    timeline.take(event("response.output_text.delta"), 1_200);
    timeline.take(event("response.output_text.delta"), 1_300);
    timeline.take(event("response.completed"), 1_400);
    expect(timeline.marks).toEqual([
      { kind: "created", at: 1_100 },
      { kind: "running", at: 1_150 },
      { kind: "first", at: 1_200 },
      { kind: "end", at: 1_400 },
    ]);
    expect(timeline.firstDeltaAfter).toBe(200);
    expect(timeline.end).toBe(1_400);
  });

  it("has elapsed until now, its last event, or its end", () => {
    const timeline = new Timeline(1_000);
    expect(timeline.elapsed(1_700)).toBe(700);
    timeline.take(event("response.output_text.delta"), 2_000);
    expect(timeline.elapsed(1_700)).toBe(1_000);
    timeline.take(event("response.completed"), 3_000);
    expect(timeline.elapsed(9_000)).toBe(2_000);
  });

  it("counts deltas a second between the first and the last one", () => {
    const timeline = new Timeline(0);
    expect(timeline.rate).toBeUndefined();
    timeline.take(event("response.output_text.delta"), 500);
    expect(timeline.rate).toBeUndefined();
    for (let n = 1; n <= 10; n++) {
      timeline.take(event("response.reasoning_text.delta"), 500 + n * 50);
    }
    expect(timeline.rate).toBe(20);
  });

  it("says no rate for deltas that came at once", () => {
    const timeline = new Timeline(0);
    timeline.take(event("response.output_text.delta"), 5);
    timeline.take(event("response.output_text.delta"), 5);
    expect(timeline.rate).toBeUndefined();
  });

  it("keeps one slot for deltas of the same moment", () => {
    const timeline = new Timeline(0);
    for (let n = 0; n < 100_000; n++) {
      timeline.take(event("response.output_text.delta"), n / 100);
    }
    expect(timeline.deltas).toBe(100_000);
    expect(timeline.slots).toHaveLength(1_000 / resolution);
  });

  it("takes bounded memory for an answer of any length", () => {
    const timeline = new Timeline(0);
    for (let n = 0; n < 100_000; n++) {
      timeline.take(event("response.output_text.delta"), n * 1_000);
    }
    expect(timeline.slots.length).toBeLessThanOrEqual(600_000 / resolution + 1);
  });

  it("knows the last mark of a kind", () => {
    const timeline = new Timeline(0);
    timeline.mark("resumed", 1);
    timeline.mark("resumed", 2);
    expect(timeline.last("resumed")).toBe(2);
    expect(timeline.last("cut")).toBeUndefined();
  });
});

describe("the drawing of a timeline", () => {
  it.each([
    [0, 2],
    [2_000, 2],
    [2_001, 5],
    [59_000, 60],
    [700_000, 1_200],
  ])("has an axis of round seconds: %d ms", (milliseconds, seconds) => {
    expect(axisSeconds(milliseconds)).toBe(seconds);
  });

  it("draws each column once, within the width", () => {
    expect(columns([0, 1, 2, 100, 199, 400], 2, 20)).toEqual([0, 10, 19]);
  });
});
