import type { UIMessageChunk } from "ai";
import { isObject, type JsonObject, listOf, objectOf, parsed, textOf } from "./json.js";
import { openaiMetadata, phaseMetadata, reasoningMetadata } from "./metadata.js";

/**
 * Returns the items since the last message of the user: what the model has said and called, and what the page has
 * answered. They are the earlier steps of a message that an answer continues.
 */
export function earlierItems(input: readonly unknown[]): readonly unknown[] {
  return input.slice(1 + input.findLastIndex((item) => !["", "assistant"].includes(textOf(objectOf(item).role))));
}

/**
 * Encodes the earlier steps of a message, for a page that drops what it has of the message at the first chunk. Sources
 * and files are not among the items, so the message lacks those of its earlier steps.
 *
 * @param items those of {@link earlierItems}
 */
export function earlierSteps(items: readonly unknown[]): UIMessageChunk[] {
  const encoder = new EarlierStepsEncoder();
  for (const item of items) {
    encoder.encode(objectOf(item));
  }
  return encoder.end();
}

class EarlierStepsEncoder {
  readonly #chunks: UIMessageChunk[] = [];
  #parts = 0;
  #answered = false;

  encode(item: JsonObject): void {
    switch (item.type ?? "message") {
      case "message":
        this.#text(item);
        break;
      case "reasoning":
        this.#reasoning(item);
        break;
      case "function_call":
      case "custom_tool_call":
        this.#call(item);
        break;
      case "function_call_output":
      case "custom_tool_call_output":
        this.#output(item);
        break;
    }
  }

  end(): UIMessageChunk[] {
    return this.#chunks.length === 0 ? [] : [...this.#chunks, { type: "finish-step" }];
  }

  /** A step begins with the first item, and with the first one after the outputs of the step before it. */
  #beginStep(): void {
    if (this.#chunks.length === 0) {
      this.#chunks.push({ type: "start-step" });
    } else if (this.#answered) {
      this.#chunks.push({ type: "finish-step" }, { type: "start-step" });
    }
    this.#answered = false;
  }

  #text(item: JsonObject): void {
    this.#beginStep();
    const id = this.#nextId();
    this.#chunks.push(
      { type: "text-start", id, ...openaiMetadata(phaseMetadata(item)) },
      { type: "text-delta", id, delta: textOfContent(item.content) },
      { type: "text-end", id },
    );
  }

  #reasoning(item: JsonObject): void {
    this.#beginStep();
    const summary = listOf(item.summary);
    for (let index = 0; index < Math.max(1, summary.length); index++) {
      const id = this.#nextId();
      const text = textOf(objectOf(summary[index]).text);
      const known = index >= summary.length - 1 ? item : { id: item.id };
      this.#chunks.push({ type: "reasoning-start", id });
      if (text !== "") {
        this.#chunks.push({ type: "reasoning-delta", id, delta: text });
      }
      this.#chunks.push({ type: "reasoning-end", id, ...openaiMetadata(reasoningMetadata(known)) });
    }
  }

  /** Without `tool-input-available`, for which a page would execute its tool once more. */
  #call(item: JsonObject): void {
    this.#beginStep();
    const custom = item.type === "custom_tool_call";
    const toolCallId = textOf(item.call_id);
    this.#chunks.push(
      { type: "tool-input-start", toolCallId, toolName: textOf(item.name), ...(custom && { inputEncoding: "text" }) },
      { type: "tool-input-delta", toolCallId, inputTextDelta: textOf(custom ? item.input : item.arguments) },
    );
  }

  #output(item: JsonObject): void {
    this.#answered = true;
    this.#chunks.push({
      type: "tool-output-available",
      toolCallId: textOf(item.call_id),
      output: valueOfOutput(item.output),
    });
  }

  #nextId(): string {
    return `earlier.${this.#parts++}`;
  }
}

function textOfContent(content: unknown): string {
  return typeof content === "string"
    ? content
    : listOf(content)
        .map((part) => textOf(objectOf(part).text))
        .join("");
}

/** The outputs of most tools are objects, which a request has as text. */
function valueOfOutput(output: unknown): unknown {
  const value = typeof output === "string" ? parsed(output) : undefined;
  return isObject(value) || Array.isArray(value) ? value : output;
}
