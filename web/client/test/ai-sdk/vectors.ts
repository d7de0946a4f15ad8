import { readFileSync } from "node:fs";
import type { UIMessage, UIMessageChunk } from "ai";

/** A request of a page, and what it is decoded into or refused with. */
export interface RequestVector {
  name: string;
  body: Record<string, unknown>;
  request?: Record<string, unknown>;
  chat?: string;
  continued?: string;
  paths?: string[];
  /** Code and field. */
  refused?: string;
}

/** The events of a response, and the chunks that they become. */
export interface StreamVector {
  name: string;
  events: Record<string, unknown>[];
  chunks: (UIMessageChunk | "[DONE]")[];
  /** What the reader of the AI SDK makes of the chunks. */
  message: UIMessage;
  continued?: string;
  resumedInput?: unknown[];
}

/** The vectors that the server's encoder and decoder are tested with as well. */
export const { requests, streams } = JSON.parse(
  readFileSync(new URL("../../../../tests/vectors/ui-message-stream.json", import.meta.url), "utf8"),
) as { requests: RequestVector[]; streams: StreamVector[] };
