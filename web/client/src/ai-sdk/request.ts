import { RillError } from "../error.js";
import type { ResponseRequest } from "../types.js";
import { earlierItems } from "./earlier-steps.js";
import { Field } from "./field.js";
import { type JsonObject, listOf, objectOf, textOf } from "./json.js";
import { decodeMessages } from "./messages.js";

/** The fields of Open Responses that a page may send beside its messages. */
const TAKEN = [
  "model",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "max_tool_calls",
  "max_output_tokens",
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "reasoning",
  "text",
  "truncation",
  "service_tier",
  "safety_identifier",
  "prompt",
  "prompt_cache_key",
  "prompt_cache_retention",
  "user",
  "metadata",
] as const;

const WHOLE_CONVERSATION = "'messages' has the whole conversation.";

/** Fields of Open Responses that contradict what this request is, and what to do. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["input", "Send 'messages'."],
  ["previous_response_id", WHOLE_CONVERSATION],
  ["conversation", WHOLE_CONVERSATION],
  ["background", "An answer here goes on without its reader, and can be resumed."],
  ["generate", "It asks for no answer."],
]);

const ENCRYPTED_REASONING = "reasoning.encrypted_content";

/** The number of characters that the id of a chat has at most, and that a message's id has where it is used. */
const MAX_ID = 256;

/** A request of `useChat`, decoded. */
export interface ChatRequest {
  readonly request: ResponseRequest;
  readonly chatId: string | undefined;
  /**
   * The id of the assistant's message that the answer continues, because a page adds what comes after the outputs of its
   * tools to the message with the calls; undefined if the answer is a message of its own.
   */
  readonly continued: string | undefined;
  /** The items of the continued message's earlier steps; empty if the answer is a message of its own. */
  readonly earlier: readonly unknown[];
  /** For each item of the input the path of what it was decoded from, such as `messages[1].parts[2]`. */
  readonly paths: readonly string[];
}

/**
 * Decodes what `useChat` sends into a request of Open Responses, without I/O. Of the fields that a page adds, those that
 * Open Responses defines are taken and the others are ignored, as the server's `/api/chat` does. The response is not
 * stored unless the page asks for that, because the page holds the conversation.
 *
 * @throws RillError that names the first field that is missing or invalid. Types and values of the fields that Open
 *   Responses defines are left to the server.
 */
export function decodeChat(chat: JsonObject): ChatRequest {
  for (const [name, why] of REFUSED) {
    const field = Field.root(chat, name);
    if (field.isPresent) {
      throw field.unsupported(why);
    }
  }
  const settings = Object.assign({}, ...TAKEN.map((name) => Field.root(chat, name).as(name)));
  const store = Field.root(chat, "store").flag();
  const include = includeOf(Field.root(chat, "include"));
  const chatId = chatIdOf(Field.root(chat, "id"));
  const messages = Field.root(chat, "messages");
  const items = decodeMessages(messages.elements(), customTools(chat));
  if (items.length === 0) {
    throw messages.invalid("it is empty");
  }
  const input = items.map(({ item }) => item);
  const continued = continuedMessage(messages.array());
  return {
    request: { ...settings, stream: true, store, include, input } as ResponseRequest,
    chatId,
    continued,
    earlier: continued === undefined ? [] : earlierItems(input),
    paths: items.map(({ origin }) => origin),
  };
}

/**
 * Returns the server's error about a decoded request with the page's own name of the field. A part of a message is named
 * alone, because its item has other fields.
 *
 * @param paths those of the {@link ChatRequest}
 */
export function inTermsOfPage(error: RillError, paths: readonly string[]): RillError {
  if (error.param === null) {
    return error;
  }
  const param = pathOfPage(error.param, paths);
  const { code, status, type, retryAfter } = error;
  const message = error.message.replace(`'${error.param}'`, `'${param}'`);
  return new RillError(code, message, { status, type, param, retryAfter, cause: error });
}

function pathOfPage(param: string, paths: readonly string[]): string {
  const index = /^input\[(\d{1,9})\]/.exec(param)?.[1];
  if (index !== undefined) {
    return paths[Number(index)] ?? "messages";
  }
  return param === "input" ? "messages" : param;
}

/** The page plays the reasoning back in its next request; nothing else has it, because nothing is stored. */
function includeOf(asked: Field): unknown[] {
  const values = asked.isPresent ? asked.array() : [];
  return values.includes(ENCRYPTED_REASONING) ? [...values] : [...values, ENCRYPTED_REASONING];
}

function chatIdOf(field: Field): string | undefined {
  const id = field.optionalText();
  if (id !== undefined && (id === "" || id.length > MAX_ID)) {
    throw field.invalid(`it has 1 to ${MAX_ID} characters`);
  }
  return id;
}

/** Returns the names of the tools whose input is text. */
function customTools(chat: JsonObject): ReadonlySet<string> {
  const custom = listOf(chat.tools)
    .map(objectOf)
    .filter((tool) => tool.type === "custom");
  return new Set(custom.map((tool) => textOf(tool.name)));
}

/** As the SDK has it, an answer continues the last message if that is the assistant's. */
function continuedMessage(messages: readonly unknown[]): string | undefined {
  const last = objectOf(messages.at(-1));
  const id = textOf(last.id);
  return last.role === "assistant" && id !== "" && id.length <= MAX_ID ? id : undefined;
}
