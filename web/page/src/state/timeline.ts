import type { ResponseEvent } from "rill-client";

/** What a timeline marks besides deltas. */
export type MarkKind = "created" | "queued" | "running" | "first" | "cut" | "resumed" | "restarted" | "end";

export interface Mark {
  readonly kind: MarkKind;
  /** Milliseconds of the page's clock */
  readonly at: number;
}

/**
 * When what of an answer arrived, in milliseconds of the page's clock. Deltas are counted by time, so that an answer of
 * any length takes bounded memory: 10 minutes with a resolution of {@link resolution}, then all in the last slot.
 */
export class Timeline {
  readonly start: number;
  readonly marks: Mark[] = [];
  deltas = 0;
  /** Slots of {@link resolution} milliseconds from the start on in which deltas came, in order. */
  readonly slots: number[] = [];
  firstDelta: number | undefined;
  lastDelta: number | undefined;
  end: number | undefined;
  /** When the last event came; the start if none has. */
  lastEvent: number;

  constructor(start: number) {
    this.start = start;
    this.lastEvent = start;
  }

  take(event: ResponseEvent, now: number): void {
    this.lastEvent = now;
    const kind = markOf(event.type);
    if (kind !== undefined) {
      this.mark(kind, now);
    } else if (isDelta(event.type)) {
      this.#delta(now);
    }
  }

  mark(kind: MarkKind, at: number): void {
    this.marks.push({ kind, at });
    if (kind === "end") {
      this.end = at;
    }
  }

  /** When a mark of this kind was set last; undefined if never. */
  last(kind: MarkKind): number | undefined {
    return this.marks.findLast((mark) => mark.kind === kind)?.at;
  }

  /** Milliseconds from the question to the end of the answer, or to now. */
  elapsed(now: number): number {
    return Math.max(0, (this.end ?? Math.max(now, this.lastEvent)) - this.start);
  }

  /** Milliseconds from the question to the first delta. */
  get firstDeltaAfter(): number | undefined {
    return this.firstDelta === undefined ? undefined : this.firstDelta - this.start;
  }

  /** Deltas a second, from the first to the last one; undefined below two deltas, or if they all came at once. */
  get rate(): number | undefined {
    if (this.firstDelta === undefined || this.lastDelta === undefined || this.lastDelta - this.firstDelta < 1) {
      return undefined;
    }
    return ((this.deltas - 1) * 1000) / (this.lastDelta - this.firstDelta);
  }

  #delta(now: number): void {
    if (this.firstDelta === undefined) {
      this.firstDelta = now;
      this.mark("first", now);
    }
    this.lastDelta = now;
    this.deltas++;
    const slot = Math.min(lastSlot, Math.floor((now - this.start) / resolution));
    if (this.slots.at(-1) !== slot) {
      this.slots.push(slot);
    }
  }
}

/** Milliseconds */
export const resolution = 10;
const lastSlot = 600_000 / resolution;

/** The axis of a drawing: a round number of seconds, so that it grows in few steps. */
export function axisSeconds(milliseconds: number): number {
  const seconds = milliseconds / 1000;
  return [2, 5, 10, 20, 30, 60, 120, 300, 600].find((step) => seconds <= step) ?? Math.ceil(seconds / 600) * 600;
}

/** The columns, from 0 to `width`, in which a tick is drawn: each once, in order. */
export function columns(slots: readonly number[], axis: number, width: number): readonly number[] {
  const found: number[] = [];
  for (const slot of slots) {
    const column = Math.min(width - 1, Math.floor(((slot * resolution) / (axis * 1000)) * width));
    if (found.at(-1) !== column) {
      found.push(column);
    }
  }
  return found;
}

function isDelta(type: string): boolean {
  return type.endsWith(".delta");
}

function markOf(type: string): MarkKind | undefined {
  switch (type) {
    case "response.created":
      return "created";
    case "response.queued":
      return "queued";
    case "response.in_progress":
      return "running";
    case "rill:response.restarted":
      return "restarted";
    case "response.completed":
    case "response.incomplete":
    case "response.failed":
    case "response.cancelled":
      return "end";
    default:
      return undefined;
  }
}
