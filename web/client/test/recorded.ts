import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { textOf } from "../../testing/text.js";
import { within } from "../../testing/within.js";
import { type Answer, type AnswerStatus, type Response, type ResponseEvent, RillError } from "../src/index.js";

const ENDED = new Set<AnswerStatus>(["completed", "incomplete", "failed", "cancelled"]);

/** An answer of a stack, and every event that it gave. */
export class Recorded {
  readonly answer: Answer;
  readonly events: ResponseEvent[] = [];
  readonly #name: string;

  /** @param name for messages, such as the prompt */
  constructor(answer: Answer, name: string) {
    this.answer = answer;
    this.#name = name;
    answer.on("event", (event) => this.events.push(event));
  }

  /** There will be no further event. */
  get ended(): boolean {
    return this.answer.error !== undefined || ENDED.has(this.answer.status);
  }

  /** What the answer is at, in one line. */
  get state(): string {
    const { id, status, transport, attempt, resumes, lastSequence, text, error } = this.answer;
    const failure = error ? `, ${error.code}: ${error.message}` : "";
    const way = `over ${transport}, attempt ${attempt}, ${resumes} resumes`;
    return `${this.#name} (${id}) is ${status} ${way}, at ${lastSequence}, ${text.length} characters${failure}`;
  }

  /** Resolves when the condition holds, which is looked at after each change. Rejects if the answer ends before. */
  until(condition: () => boolean): Promise<void> {
    const { answer } = this;
    let unsubscribe = () => {};
    const holds = new Promise<void>((resolve, reject) => {
      const check = () => condition() && resolve();
      check();
      unsubscribe = answer.on("change", check);
      const ended = () => (condition() ? resolve() : reject(new Error(`ended before: ${this.state}`)));
      answer.done.then(ended, ended);
    });
    return within(holds, () => this.state).finally(() => unsubscribe());
  }

  /** The response that `done` gave, or the error. */
  settled(patience?: number): Promise<Response | RillError> {
    const outcome = this.answer.done.catch((error: RillError) => error);
    return within(outcome, () => this.state, patience);
  }

  /**
   * The answer had every event once and in order, and is as the server has stored it.
   *
   * @param after the number after which it was to begin; a reader that comes after the last event gets that one
   */
  async expectWhole(url: string, after = -1): Promise<Response> {
    const { answer, events } = this;
    const outcome = await this.settled();
    const stored = await readJson(`${url}/responses/${answer.id}`);
    const log = await readEvents(url, answer.id);
    const first = Math.min(after + 1, log.at(-1)?.sequence_number ?? 0);
    const numbers = events.map((event) => event.sequence_number);
    expect(numbers, this.state).toEqual(numbers.map((_number, index) => first + index));
    expect(answer.lastSequence, this.state).toBe(numbers.at(-1));
    expect(answer.status, this.state).toBe(stored.status);
    expect(answer.text, this.state).toBe(textOf(stored));
    expect(answer.response, this.state).toEqual(stored);
    if (stored.status === "failed") {
      expect(outcome, this.state).toBeInstanceOf(RillError);
      expect(answer.error?.code, this.state).toBe(stored.error?.code);
    } else {
      expect(outcome, this.state).toBe(answer.response);
    }
    if (answer.attempt === 1) {
      // A worker's crash changes the log: the new attempt takes the numbers of what the old one had not logged.
      const from = log.slice(first);
      const other = events.findIndex((event, index) => !isDeepStrictEqual(event, from[index]));
      const [read, logged] = [events[other], from[other]].map((event) => JSON.stringify(event)?.slice(0, 2_000));
      const shown = `${this.state}: event ${read} is ${logged} in the log`;
      expect(other, shown).toBe(-1);
    }
    return stored;
  }

  /** As {@link expectWhole}, of an answer that has completed. */
  async expectCompleted(url: string): Promise<void> {
    expect((await this.expectWhole(url)).status, this.state).toBe("completed");
    expect(this.answer.text.length, this.state).toBeGreaterThan(0);
  }
}

async function readJson(url: string): Promise<Response> {
  const response = await fetch(url);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text);
}

/** The events of a response that has ended, as the log has them. */
async function readEvents(url: string, id: string | undefined): Promise<ResponseEvent[]> {
  const text = await (await fetch(`${url}/responses/${id}?stream=true`)).text();
  const data = text.split("\n").filter((line) => line.startsWith("data: {"));
  return data.map((line) => JSON.parse(line.slice("data: ".length)));
}
