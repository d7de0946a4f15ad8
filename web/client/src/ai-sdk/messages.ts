import type { Field } from "./field.js";
import type { JsonObject } from "./json.js";

const NOT_EXECUTED = "The tool was not executed.";
const DENIED = "The user denied the execution of the tool.";

/** An item of a request's input, and the path of what it was decoded from. */
export interface DecodedItem {
  readonly origin: string;
  readonly item: JsonObject;
}

interface Reasoning {
  readonly origin: string;
  readonly summary: { type: "summary_text"; text: string }[];
  encrypted: JsonObject;
}

/**
 * Decodes the messages of a page into items of a request's input, without I/O. Parts that only a page shows are
 * skipped: sources, `data-*`, files that the model has made, and calls that the model's server has executed itself.
 *
 * @param customTools the names of the tools whose input is text
 * @throws RillError that names the first part that is missing or invalid
 */
export function decodeMessages(messages: readonly Field[], customTools: ReadonlySet<string>): DecodedItem[] {
  const decoder = new MessageDecoder(customTools);
  for (const message of messages) {
    decoder.decode(message);
  }
  return decoder.items;
}

class MessageDecoder {
  readonly items: DecodedItem[] = [];
  readonly #customTools: ReadonlySet<string>;
  /** Reasoning of the present step, by its id, that nothing has followed yet. */
  readonly #reasoning = new Map<string, Reasoning>();
  /** The outputs of the calls of the present step, which follow all of its calls. */
  #outputs: DecodedItem[] = [];

  constructor(customTools: ReadonlySet<string>) {
    this.#customTools = customTools;
  }

  decode(message: Field): void {
    message.object();
    const role = message.member("role");
    switch (role.text()) {
      case "system":
        this.#system(message);
        break;
      case "user":
        this.#user(message);
        break;
      case "assistant":
        this.#assistant(message);
        break;
      default:
        throw role.invalid("it is one of system, user and assistant");
    }
  }

  #add(origin: Field, item: JsonObject): void {
    this.items.push({ origin: origin.path, item });
  }

  #system(message: Field): void {
    let text = "";
    for (const part of parts(message)) {
      const type = part.member("type");
      if (type.text() === "text") {
        text += part.member("text").text();
      } else if (!type.text().startsWith("data-")) {
        throw type.invalid("a system message has parts of the type text");
      }
    }
    this.#add(message, textMessage("system", text));
  }

  // What the user says ------------------------------------------------------------------------------------------------

  #user(message: Field): void {
    const content = parts(message).flatMap(userContent);
    const [only, ...others] = content;
    if (only === undefined) {
      return;
    }
    this.#add(
      message,
      others.length === 0 && typeof only.text === "string"
        ? textMessage("user", only.text)
        : { type: "message", role: "user", content },
    );
  }

  // What the model has said -------------------------------------------------------------------------------------------

  #assistant(message: Field): void {
    for (const part of parts(message)) {
      this.#assistantPart(part);
    }
    this.#endStep();
  }

  #assistantPart(part: Field): void {
    const type = part.member("type");
    switch (type.text()) {
      case "text":
        this.#text(part);
        break;
      case "reasoning":
        this.#decodeReasoning(part);
        break;
      case "step-start":
        this.#endStep();
        break;
      case "steering-message":
        this.#endStep();
        this.#user(part);
        break;
      case "dynamic-tool":
        this.#call(part, part.member("toolName").text());
        break;
      case "source-url":
      case "source-document":
      case "file":
      case "reasoning-file":
      case "custom":
        break;
      default:
        if (type.text().startsWith("tool-")) {
          this.#call(part, type.text().slice("tool-".length));
        } else if (!type.text().startsWith("data-")) {
          throw type.invalid("it is no type of a part of an assistant's message");
        }
    }
  }

  /** A model refuses reasoning that nothing follows, as when the page stopped the answer after it. */
  #endStep(): void {
    this.#reasoning.clear();
    this.items.push(...this.#outputs);
    this.#outputs = [];
  }

  #text(part: Field): void {
    const text = part.member("text").text();
    if (text !== "") {
      // Without its phase some models take a comment on their work for the end of it.
      const phase = openai(part).member("phase").as("phase");
      this.#addOutput(part, { ...textMessage("assistant", text), ...phase });
    }
  }

  /** The parts of one item follow each other. Without its encrypted content a model has no use for its reasoning. */
  #decodeReasoning(part: Field): void {
    const id = openai(part).member("itemId").optionalText();
    if (id === undefined) {
      return;
    }
    const known = this.#reasoning.get(id) ?? { origin: part.path, summary: [], encrypted: {} };
    this.#reasoning.set(id, known);
    const text = part.member("text").optionalText();
    if (text) {
      known.summary.push({ type: "summary_text", text });
    }
    known.encrypted = {
      ...known.encrypted,
      ...openai(part).member("reasoningEncryptedContent").as("encrypted_content"),
    };
  }

  #addOutput(origin: Field, item: JsonObject): void {
    for (const [id, { origin, summary, encrypted }] of this.#reasoning) {
      if ("encrypted_content" in encrypted) {
        this.items.push({ origin, item: { type: "reasoning", id, summary, ...encrypted } });
      }
    }
    this.#reasoning.clear();
    this.#add(origin, item);
  }

  #call(part: Field, name: string): void {
    const state = part.member("state").text();
    // A call that was cut off has no input yet. One of a tool of the model's server has no item here.
    if (state === "input-streaming" || part.member("providerExecuted").flag()) {
      return;
    }
    const call_id = part.member("toolCallId").text();
    const custom = this.#customTools.has(name);
    const type = custom ? "custom_tool_call" : "function_call";
    this.#addOutput(part, { type, call_id, name, [custom ? "input" : "arguments"]: inputOf(part, custom) });
    this.#outputs.push({ origin: part.path, item: { type: `${type}_output`, call_id, output: outputOf(part, state) } });
  }
}

function parts(message: Field): Field[] {
  const all = message.member("parts").elements();
  for (const part of all) {
    part.object();
  }
  return all;
}

function openai(part: Field): Field {
  return part.member("providerMetadata").member("openai");
}

function textMessage(role: string, content: string): JsonObject {
  return { type: "message", role, content };
}

function userContent(part: Field): JsonObject[] {
  const type = part.member("type");
  switch (type.text()) {
    case "text":
      return [{ type: "input_text", text: part.member("text").text() }];
    case "file":
      return [fileContent(part)];
    default:
      if (type.text().startsWith("data-")) {
        return [];
      }
      throw type.invalid("a user's message has parts of the types text and file");
  }
}

/** A media type may be its first segment alone. */
function fileContent(part: Field): JsonObject {
  const isImage = part.member("mediaType").text().split("/", 1)[0] === "image";
  const file = isImage ? { type: "input_image", detail: "auto" } : { type: "input_file" };
  const reference = part.member("providerReference").member("openai");
  if (reference.isPresent) {
    return { ...file, file_id: reference.text() };
  }
  const url = part.member("url").text();
  if (!/^(data:|https?:\/\/)/.test(url)) {
    throw part.member("url").invalid("it begins with data:, https:// or http://");
  }
  if (isImage) {
    return { ...file, image_url: url };
  }
  return url.startsWith("data:")
    ? { ...file, filename: part.member("filename").optionalText() ?? "file", file_data: url }
    : { ...file, file_url: url };
}

/** The input of a call that could not be parsed is the text that the model wrote. */
function inputOf(part: Field, custom: boolean): string {
  const input = part.member("input").isPresent ? part.member("input") : part.member("rawInput");
  if (!input.isPresent) {
    return custom ? "" : "{}";
  }
  return asText(input.value);
}

/** A model refuses to go on while a call has no output. */
function outputOf(part: Field, state: string): string {
  const reason = part.member("approval").member("reason").optionalText();
  switch (state) {
    case "output-available":
      return asText(part.member("output").value);
    case "output-error":
      return part.member("errorText").text();
    case "output-denied":
      return reason ?? DENIED;
    case "approval-responded":
      return part.member("approval").member("approved").flag() ? NOT_EXECUTED : (reason ?? DENIED);
    case "input-available":
    case "approval-requested":
      return NOT_EXECUTED;
    default:
      throw part.member("state").invalid("it is no state of a tool part");
  }
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
