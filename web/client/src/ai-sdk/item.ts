import type { UIMessageChunk } from "ai";
import { hostedError, hostedInput, hostedOutput, imageChunks } from "./hosted-tools.js";
import { type JsonObject, listOf, numberOf, objectOf, parsed, textOf } from "./json.js";
import { openaiMetadata, phaseMetadata, reasoningMetadata } from "./metadata.js";
import { sourceChunks } from "./sources.js";

/** A kind of text in a message: what chunks and ids are called, and which field of an event has the part's index. */
interface Kind {
  readonly chunk: "text" | "reasoning";
  readonly prefix: string;
  readonly index: "content_index" | "summary_index";
}

const TEXT: Kind = { chunk: "text", prefix: "", index: "content_index" };
/** Of reasoning that the model summarizes. */
const SUMMARY: Kind = { chunk: "reasoning", prefix: "summary.", index: "summary_index" };
/** Of reasoning that the model shows. */
const REASONING: Kind = { chunk: "reasoning", prefix: "reasoning.", index: "content_index" };

/** A part that the page knows of. */
interface Part {
  readonly kind: Kind;
  readonly id: string;
  /** Characters that were sent. */
  length: number;
  /** Annotations that were sent. */
  sources: number;
  started: boolean;
  open: boolean;
}

const KINDS: ReadonlyMap<unknown, Kind> = new Map([
  ["output_text", TEXT],
  ["refusal", TEXT],
  ["reasoning_text", REASONING],
  ["summary_text", SUMMARY],
]);

function textOfPart(part: JsonObject): string {
  return textOf(part.type === "refusal" ? part.refusal : part.text);
}

/** Returns whether an item is a call that the page answers. */
export function isCallOfPage(item: JsonObject): boolean {
  return item.type === "function_call" || item.type === "custom_tool_call";
}

/** Returns whether an item is a call that the model's server executes. Other calls have a `call_id`. */
function isHosted(item: JsonObject): boolean {
  return textOf(item.type).endsWith("_call") && !("call_id" in item);
}

/** Encodes the events of one item of the output. */
export class ItemEncoder {
  readonly #outputIndex: number;
  readonly #parts = new Map<string, Part>();
  /** As the newest event has it. */
  #item: JsonObject = {};
  /** Characters of a call's input that were sent. */
  #inputLength = 0;
  #called = false;
  #ended = false;

  constructor(outputIndex: number) {
    this.#outputIndex = outputIndex;
  }

  /** Returns the chunks of an event of this item; may be empty. */
  write(event: JsonObject): UIMessageChunk[] {
    if (this.#ended) {
      return [];
    }
    switch (event.type) {
      case "response.output_item.added":
        this.#item = objectOf(event.item);
        return this.#begin();
      case "response.output_item.done":
        return this.end(objectOf(event.item));
      case "response.content_part.added":
        return this.#contentAdded(event);
      case "response.content_part.done":
        return this.#contentDone(event);
      case "response.output_text.delta":
      case "response.refusal.delta":
        return this.#delta(TEXT, event);
      case "response.reasoning_summary_part.added":
      case "response.reasoning_summary_text.delta":
        return this.#delta(SUMMARY, event);
      case "response.reasoning_text.delta":
      case "response.reasoning.delta":
        return this.#delta(REASONING, event);
      case "response.output_text.annotation.added":
        return this.#annotationAdded(event);
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
      case "response.mcp_call_arguments.delta":
        return this.#called ? this.#inputDelta(textOf(event.delta)) : [];
      default:
        return [];
    }
  }

  /**
   * Returns the rest of the item, of which nothing more comes: what its whole text has beyond the pieces, and the end
   * of its parts. A call that was cut off has no whole input, so the page is not asked to execute it.
   */
  end(whole: JsonObject): UIMessageChunk[] {
    if (this.#ended) {
      return [];
    }
    this.#ended = true;
    // Some servers leave the type out at the end.
    this.#item = typeof whole.type === "string" ? whole : { ...whole, type: this.#item.type };
    const begun = this.#begin();
    return [...begun, ...this.#rest(), ...this.close()];
  }

  /** Returns the ends of the parts that have not ended. */
  close(): UIMessageChunk[] {
    const chunks: UIMessageChunk[] = [];
    const all = [...this.#parts.values()];
    for (const part of all) {
      if (!part.started || !part.open) {
        continue;
      }
      part.open = false;
      // The encrypted content may be long, so the last part has it for all.
      const known = part === all.at(-1) ? this.#item : { id: this.#item.id };
      chunks.push(
        part.kind === TEXT
          ? { type: "text-end", id: part.id }
          : { type: "reasoning-end", id: part.id, ...openaiMetadata(reasoningMetadata(known)) },
      );
    }
    return chunks;
  }

  #rest(): UIMessageChunk[] {
    switch (this.#item.type) {
      case "message":
        return listOf(this.#item.content).flatMap((content, index) => this.#content(index, objectOf(content)));
      case "reasoning":
        return this.#reasoning();
      default:
        return this.#called ? this.#callEnd() : [];
    }
  }

  // Text --------------------------------------------------------------------------------------------------------------

  #part(kind: Kind, index: number): Part {
    const key = kind.prefix + index;
    let part = this.#parts.get(key);
    if (part === undefined) {
      part = { kind, id: `${this.#outputIndex}.${key}`, length: 0, sources: 0, started: false, open: true };
      this.#parts.set(key, part);
    }
    return part;
  }

  #opening(part: Part): UIMessageChunk[] {
    if (part.started) {
      return [];
    }
    part.started = true;
    const metadata = part.kind === TEXT ? phaseMetadata(this.#item) : {};
    return [{ type: `${part.kind.chunk}-start`, id: part.id, ...openaiMetadata(metadata) }];
  }

  #delta(kind: Kind, event: JsonObject): UIMessageChunk[] {
    const part = this.#part(kind, numberOf(event[kind.index]));
    return part.open ? [...this.#opening(part), ...text(part, textOf(event.delta))] : [];
  }

  #contentAdded(event: JsonObject): UIMessageChunk[] {
    const kind = KINDS.get(objectOf(event.part).type);
    return kind === undefined ? [] : this.#opening(this.#part(kind, numberOf(event[kind.index])));
  }

  /** Reasoning stays open until its item is done, which has the encrypted content. */
  #contentDone(event: JsonObject): UIMessageChunk[] {
    const part = objectOf(event.part);
    return KINDS.get(part.type) === TEXT ? this.#content(numberOf(event[TEXT.index]), part) : [];
  }

  #content(index: number, content: JsonObject): UIMessageChunk[] {
    const kind = KINDS.get(content.type);
    if (kind === undefined) {
      return [];
    }
    const part = this.#part(kind, index);
    const chunks = [...this.#opening(part), ...remainder(part, textOfPart(content))];
    if (part.open) {
      part.open = false;
      chunks.push({ type: `${kind.chunk}-end`, id: part.id });
    }
    for (const annotation of listOf(content.annotations).slice(part.sources)) {
      chunks.push(...this.#source(part, objectOf(annotation)));
    }
    return chunks;
  }

  #annotationAdded(event: JsonObject): UIMessageChunk[] {
    const part = this.#part(TEXT, numberOf(event[TEXT.index]));
    return part.sources > numberOf(event.annotation_index) ? [] : this.#source(part, objectOf(event.annotation));
  }

  #source(part: Part, annotation: JsonObject): UIMessageChunk[] {
    const owner = textOf(this.#item.id) || this.#outputIndex;
    return sourceChunks(annotation, `${owner}.${part.id}.${part.sources++}`);
  }

  #reasoning(): UIMessageChunk[] {
    const chunks: UIMessageChunk[] = [];
    for (const [kind, texts] of [
      [SUMMARY, this.#item.summary],
      [REASONING, this.#item.content],
    ] as const) {
      for (const [index, whole] of listOf(texts).entries()) {
        const part = this.#part(kind, index);
        chunks.push(...this.#opening(part), ...remainder(part, textOfPart(objectOf(whole))));
      }
    }
    if (this.#parts.size === 0 && typeof this.#item.encrypted_content === "string") {
      chunks.push(...this.#opening(this.#part(SUMMARY, 0)));
    }
    return chunks;
  }

  // Calls -------------------------------------------------------------------------------------------------------------

  /** Returns what announces a call; empty for other items. */
  #begin(): UIMessageChunk[] {
    if (this.#called || !(isCallOfPage(this.#item) || isHosted(this.#item))) {
      return [];
    }
    this.#called = true;
    return [
      {
        type: "tool-input-start",
        ...this.#call(),
        toolName: this.#toolName(),
        ...(this.#isCustom() && { inputEncoding: "text" }),
      },
      ...this.#inputDelta(isCallOfPage(this.#item) ? this.#inputText() : ""),
    ];
  }

  /** What all chunks of a call have. A page has no types for tools that it does not know of, as those of an MCP server. */
  #call() {
    return {
      toolCallId: this.#toolCallId(),
      ...(isHosted(this.#item) && { providerExecuted: true }),
      ...(this.#item.type === "mcp_call" && { dynamic: true }),
    };
  }

  #toolCallId(): string {
    return textOf(isCallOfPage(this.#item) ? this.#item.call_id : this.#item.id);
  }

  #toolName(): string {
    return typeof this.#item.name === "string" ? this.#item.name : textOf(this.#item.type).replace(/_call$/, "");
  }

  #isCustom(): boolean {
    return this.#item.type === "custom_tool_call";
  }

  #inputText(): string {
    return textOf(this.#isCustom() ? this.#item.input : this.#item.arguments);
  }

  #inputDelta(more: string): UIMessageChunk[] {
    if (more === "") {
      return [];
    }
    this.#inputLength += more.length;
    return [{ type: "tool-input-delta", toolCallId: this.#toolCallId(), inputTextDelta: more }];
  }

  #callEnd(): UIMessageChunk[] {
    if (this.#item.status === "in_progress" || this.#item.status === "incomplete") {
      return [];
    }
    return isHosted(this.#item) ? this.#hostedEnd() : this.#callOfPageEnd();
  }

  #callOfPageEnd(): UIMessageChunk[] {
    const text = this.#inputText();
    return [...this.#inputDelta(text.slice(this.#inputLength)), this.#input(text)];
  }

  #input(text: string): UIMessageChunk {
    const call = { ...this.#call(), toolName: this.#toolName() };
    if (this.#isCustom()) {
      return { type: "tool-input-available", ...call, input: text };
    }
    const input = text.trim() === "" ? {} : parsed(text);
    return input === undefined
      ? { type: "tool-input-error", ...call, input: text, errorText: "The input that the model wrote is not JSON." }
      : { type: "tool-input-available", ...call, input };
  }

  #hostedEnd(): UIMessageChunk[] {
    const call = this.#call();
    const available: UIMessageChunk = {
      type: "tool-input-available",
      ...call,
      toolName: this.#toolName(),
      input: hostedInput(this.#item),
    };
    const errorText = hostedError(this.#item);
    return errorText === undefined
      ? [
          available,
          { type: "tool-output-available", ...call, output: hostedOutput(this.#item) },
          ...imageChunks(this.#item),
        ]
      : [available, { type: "tool-output-error", ...call, errorText }];
  }
}

function text(part: Part, more: string): UIMessageChunk[] {
  if (more === "") {
    return [];
  }
  part.length += more.length;
  return [{ type: `${part.kind.chunk}-delta`, id: part.id, delta: more }];
}

function remainder(part: Part, whole: string): UIMessageChunk[] {
  return part.open ? text(part, whole.slice(part.length)) : [];
}
