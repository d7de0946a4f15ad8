import type { UIMessageChunk } from "ai";
import { type JsonObject, objectOf, parsed, textOf } from "./json.js";

/** Fields of a call that the model's server executes which are its input; the others are its output. */
const INPUT: ReadonlySet<string> = new Set(["action", "queries", "code", "container_id"]);

/** Fields of a call that are neither. The result of a generated image is a file of its own. */
const NEITHER: ReadonlySet<string> = new Set([
  "id",
  "type",
  "status",
  "result",
  "name",
  "arguments",
  "server_label",
  "approval_request_id",
]);

/** Returns the input of a call that the model's server has executed. */
export function hostedInput(item: JsonObject): unknown {
  if (typeof item.arguments === "string") {
    return parsed(item.arguments) ?? item.arguments;
  }
  return Object.fromEntries(Object.entries(item).filter(([name]) => INPUT.has(name)));
}

export function hostedOutput(item: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !INPUT.has(name) && !NEITHER.has(name)));
}

/** Returns why a call that the model's server executes has failed, or undefined if it has not. */
export function hostedError(item: JsonObject): string | undefined {
  if (item.status !== "failed" && (item.error === undefined || item.error === null)) {
    return undefined;
  }
  return textOf(objectOf(item.error).message) || textOf(item.error) || "The tool failed.";
}

/** Returns the image of a call of the tool that makes images, as a data URL. */
export function imageChunks(item: JsonObject): UIMessageChunk[] {
  const result = textOf(item.result);
  if (item.type !== "image_generation_call" || result === "") {
    return [];
  }
  const mediaType = `image/${textOf(item.output_format) || "png"}`;
  return [{ type: "file", url: `data:${mediaType};base64,${result}`, mediaType }];
}
