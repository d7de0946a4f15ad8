import type { ProviderMetadata } from "ai";
import { type JsonObject, textOf } from "./json.js";

/**
 * Puts fields into the namespace of metadata that the SDK's provider for OpenAI uses as well. Returns an empty object,
 * to be spread into a chunk, if there are no fields.
 */
export function openaiMetadata(fields: Record<string, string>): { providerMetadata?: ProviderMetadata } {
  return Object.keys(fields).length === 0 ? {} : { providerMetadata: { openai: fields } };
}

/** Returns what a page needs to play reasoning back in its next request. */
export function reasoningMetadata(item: JsonObject): Record<string, string> {
  return {
    ...(typeof item.id === "string" && { itemId: item.id }),
    ...(typeof item.encrypted_content === "string" && { reasoningEncryptedContent: item.encrypted_content }),
  };
}

/** Returns the phase of a message, without which some models take a comment on their work for the end of it. */
export function phaseMetadata(item: JsonObject): Record<string, string> {
  return typeof item.phase === "string" ? { phase: textOf(item.phase) } : {};
}
