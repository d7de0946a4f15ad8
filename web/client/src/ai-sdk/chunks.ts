import type { UIMessageChunk } from "ai";
import { ItemEncoder, isCallOfPage } from "./item.js";
import { type JsonObject, listOf, objectOf, textOf } from "./json.js";

/** How the message of a stream begins. */
export interface Beginning {
  /** The id of the assistant's message that the answer continues; absent if the answer is a message of its own. */
  readonly continued?: string | undefined;
  /** The chunks of the message's earlier steps; absent if the page has them. */
  readonly earlierSteps?: readonly UIMessageChunk[];
}

type FinishReason = NonNullable<Extract<UIMessageChunk, { type: "finish" }>["finishReason"]>;

/**
 * Encodes the events of one response as chunks of the UI message stream v1, without I/O. One response is one step of a
 * message. What an item or the terminal event has beyond the pieces that came before it is sent with it, so the message
 * is whole.
 *
 * `rill:response.restarted` becomes `reset-step`: the page drops what it has of the step, and goes on.
 *
 * The rules are those of the server's `/api/chat`; `tests/vectors/ui-message-stream.json` has them as data.
 *
 * @see https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
 */
export class ChunkEncoder {
  readonly #beginning: Beginning;
  /** The items that have begun, by `output_index`. */
  readonly #items = new Map<number, ItemEncoder>();
  #responseId = "";
  #phase: "silent" | "opened" | "ended" = "silent";

  constructor(beginning: Beginning = {}) {
    this.#beginning = beginning;
  }

  /** Whether the terminal event was encoded, after which every event gives no chunk. */
  get ended(): boolean {
    return this.#phase === "ended";
  }

  /** Returns what the next event adds to the stream; may be empty. */
  write(event: object): UIMessageChunk[] {
    return this.ended ? [] : this.#encode(event as JsonObject);
  }

  #encode(event: JsonObject): UIMessageChunk[] {
    // Not of the first event alone: an answer that is read again may lack it.
    this.#responseId ||= textOf(objectOf(event.response).id);
    switch (event.type) {
      case "response.in_progress":
        return this.#opening();
      case "rill:response.restarted":
        return this.#restarted();
      case "response.failed":
        return this.#failed(objectOf(objectOf(event.response).error));
      case "response.completed":
      case "response.incomplete":
      case "response.cancelled":
        return this.#end(objectOf(event.response));
      default:
        return typeof event.output_index === "number" ? this.#progress(event, event.output_index) : [];
    }
  }

  #opening(): UIMessageChunk[] {
    if (this.#phase !== "silent") {
      return [];
    }
    this.#phase = "opened";
    return [
      { type: "start", messageId: this.#beginning.continued ?? this.#responseId },
      ...(this.#beginning.earlierSteps ?? []),
      { type: "start-step" },
    ];
  }

  #progress(event: JsonObject, outputIndex: number): UIMessageChunk[] {
    return [...this.#opening(), ...this.#item(outputIndex).write(event)];
  }

  #item(outputIndex: number): ItemEncoder {
    let item = this.#items.get(outputIndex);
    if (item === undefined) {
      item = new ItemEncoder(outputIndex);
      this.#items.set(outputIndex, item);
    }
    return item;
  }

  #restarted(): UIMessageChunk[] {
    this.#items.clear();
    return this.#phase === "silent" ? [] : [{ type: "reset-step" }];
  }

  #failed(error: JsonObject): UIMessageChunk[] {
    return [
      ...this.#opening(),
      ...this.#closing(),
      { type: "error", errorText: textOf(error.message) },
      ...this.#finish("error"),
    ];
  }

  #end(response: JsonObject): UIMessageChunk[] {
    const output = listOf(response.output).map(objectOf);
    const chunks = [
      ...this.#opening(),
      ...output.flatMap((item, index) => this.#item(index).end(item)),
      ...this.#closing(),
    ];
    const reason = textOf(objectOf(response.incomplete_details).reason);
    if (response.status === "cancelled" || reason === "cancelled" || reason === "client_gone") {
      this.#phase = "ended";
      return [...chunks, { type: "abort", reason: reason || "cancelled" }];
    }
    return [...chunks, ...this.#finish(finishReason(reason, output))];
  }

  /** Ends the parts that have not ended, in the order of the output. */
  #closing(): UIMessageChunk[] {
    const inOrder = [...this.#items].sort(([one], [other]) => one - other);
    return inOrder.flatMap(([, item]) => item.close());
  }

  #finish(reason: FinishReason): UIMessageChunk[] {
    this.#phase = "ended";
    return [{ type: "finish-step" }, { type: "finish", finishReason: reason }];
  }
}

function finishReason(incomplete: string, output: readonly JsonObject[]): FinishReason {
  switch (incomplete) {
    case "":
      return output.some(isCallOfPage) ? "tool-calls" : "stop";
    case "max_output_tokens":
    case "budget_exceeded":
    case "size_limit":
      return "length";
    case "content_filter":
      return "content-filter";
    default:
      return "other";
  }
}
