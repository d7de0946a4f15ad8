import type { OutputMessage, Response } from "../client/src/index.js";

/** All text of a response, as the server has stored it. */
export function textOf(response: Response): string {
  const messages = response.output.filter((item): item is OutputMessage => item.type === "message");
  return messages.flatMap((item) => item.content.map((part) => ("text" in part ? part.text : ""))).join("");
}
