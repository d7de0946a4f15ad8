import { AnswerState } from "../src/answer.js";
import type { Answer, ResponseRequest, Rill } from "../src/index.js";

/** An answer whose events the test writes. */
export class ScriptedAnswer extends AnswerState {
  /** How often it was stopped. */
  stops = 0;
  override stop = () => {
    this.stops++;
  };
  readonly #responseId: string;

  constructor(responseId: string, after: number) {
    super("websocket", after);
    this.#responseId = responseId;
  }

  /** Writes the next event. */
  write(type: string, fields: Record<string, unknown> = {}): this {
    this.take({ type, sequence_number: this.lastSequence + 1, ...fields } as never);
    return this;
  }

  /** Writes an event with the response object. */
  state(type: string, response: Record<string, unknown> = {}): this {
    const status = type.slice("response.".length);
    return this.write(type, { response: { id: this.#responseId, status, output: [], ...response } });
  }

  created(): this {
    return this.state("response.created", { status: "queued" });
  }

  /** Writes the events of a running response, as far as it has them. */
  running(): this {
    return (this.lastSequence < 0 ? this.created() : this).state("response.in_progress");
  }

  delta(delta: string): this {
    return this.write("response.output_text.delta", { output_index: 0, content_index: 0, item_id: "m", delta });
  }

  completed(...output: Record<string, unknown>[]): this {
    return this.state("response.completed", { output });
  }

  /** Ends as after a cancel. */
  cancelled(): this {
    return this.state("response.incomplete", { status: "cancelled", incomplete_details: null });
  }

  failed(code: string, message: string): this {
    return this.state("response.failed", { error: { code, message } });
  }
}

export function message(text: string): Record<string, unknown> {
  return { type: "message", id: "m", role: "assistant", status: "completed", content: [{ type: "output_text", text }] };
}

export function call(callId: string, name: string, input: unknown): Record<string, unknown> {
  return {
    type: "function_call",
    id: `fc_${callId}`,
    call_id: callId,
    name,
    arguments: JSON.stringify(input),
    status: "completed",
  };
}

/** Takes requests, and gives answers of which the test is the author. */
export class ScriptedRill {
  readonly asked: ResponseRequest[] = [];
  readonly resumed: { id: string; after: number | undefined }[] = [];
  readonly answers: ScriptedAnswer[] = [];
  readonly #watchers: (() => void)[] = [];

  ask(request: ResponseRequest): Answer {
    this.asked.push(request);
    return this.#answer(`resp_${this.asked.length}`, -1);
  }

  resume(id: string, { after }: { after?: number } = {}): Answer {
    this.resumed.push({ id, after });
    const answer = this.#answer(id, after ?? -1);
    answer.id = id;
    return answer;
  }

  /** Waits for the answer with this index to be asked for. */
  async answer(index: number): Promise<ScriptedAnswer> {
    while (this.answers[index] === undefined) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
    return this.answers[index];
  }

  get rill(): Rill {
    return this as unknown as Rill;
  }

  #answer(responseId: string, after: number): ScriptedAnswer {
    const answer = new ScriptedAnswer(responseId, after);
    this.answers.push(answer);
    for (const wake of this.#watchers.splice(0)) {
      wake();
    }
    return answer;
  }
}
