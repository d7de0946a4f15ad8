import type { UIMessageChunk } from "ai";
import { expect, test } from "vitest";
import { ChunkEncoder } from "../../src/ai-sdk/chunks.js";
import { earlierItems, earlierSteps } from "../../src/ai-sdk/earlier-steps.js";
import { decodeChat, inTermsOfPage } from "../../src/ai-sdk/request.js";
import { RillError } from "../../src/error.js";
import { type RequestVector, requests, type StreamVector, streams } from "./vectors.js";

/** Fields of Open Responses whose values the server alone checks. */
const CHECKED_BY_SERVER = ["temperature", "metadata"];

function isRefusedByServer({ refused }: RequestVector): boolean {
  return CHECKED_BY_SERVER.includes(refused?.split(/[ .]/)[1] ?? "");
}

function encoderOf({ continued, resumedInput }: StreamVector): ChunkEncoder {
  const earlier = continued && resumedInput ? earlierItems(resumedInput) : [];
  return new ChunkEncoder({ continued, earlierSteps: earlierSteps(earlier) });
}

test.each(requests.filter((vector) => vector.request))(
  "request: $name",
  ({ body, request, chat, continued, paths }) => {
    const decoded = decodeChat(body);

    expect(decoded.request).toStrictEqual(request);
    expect(decoded.chatId).toBe(chat);
    expect(decoded.continued).toBe(continued);
    expect(decoded.paths).toHaveLength((decoded.request.input as unknown[]).length);
    if (paths) {
      expect(decoded.paths).toEqual(paths);
    }
  },
);

test.each(requests.filter((vector) => vector.refused && !isRefusedByServer(vector)))("refused: $name", (vector) => {
  const refused = thrown(() => decodeChat(vector.body));

  expect(refused).toBeInstanceOf(RillError);
  expect(refused).toMatchObject({ status: 400, type: "invalid_request_error" });
  expect(`${refused.code} ${refused.param}`).toBe(vector.refused);
  expect(refused.message).toContain(`'${refused.param}'`);
});

test.each(requests.filter(isRefusedByServer))("left to the server: $name", ({ body }) => {
  const { request } = decodeChat(body);

  const settings = CHECKED_BY_SERVER.filter((name) => name in body);
  expect(settings).toHaveLength(1);
  for (const name of settings) {
    expect(request[name]).toEqual(body[name]);
  }
});

test.each(streams)("events: $name", (vector) => {
  const encoder = encoderOf(vector);
  const chunks: (UIMessageChunk | "[DONE]")[] = [];
  for (const event of vector.events) {
    expect(encoder.ended).toBe(false);
    chunks.push(...encoder.write(event));
  }

  expect(encoder.ended).toBe(true);
  expect([...chunks, "[DONE]"]).toStrictEqual(vector.chunks);
  expect(encoder.write(vector.events.at(-1) as object)).toEqual([]);
});

test.each(streams)("message that the page has is decoded: $name", ({ message }) => {
  const question = { role: "user", parts: [{ type: "text", text: "Hi" }] };

  expect(decodeChat({ messages: [question, message] }).request.input).not.toHaveLength(0);
});

test.each([
  ["input[0].content", "messages[0].parts[1]"],
  ["input[1]", "messages[2]"],
  ["input[2].id", "messages"],
  ["input", "messages"],
  ["temperature", "temperature"],
])("server's error about %s names %s", (decoded, own) => {
  const refused = new RillError("c", `Bad '${decoded}'.`, { status: 400, type: "t", param: decoded, retryAfter: 3 });

  const error = inTermsOfPage(refused, ["messages[0].parts[1]", "messages[2]"]);

  expect(error).toMatchObject({ code: "c", status: 400, type: "t", param: own, retryAfter: 3 });
  expect(error.message).toBe(`Bad '${own}'.`);
});

test("server's error about no field stays as it is", () => {
  const refused = new RillError("c", "Too many.", { status: 429 });

  expect(inTermsOfPage(refused, ["messages[0]"])).toBe(refused);
});

function thrown(action: () => unknown): RillError {
  try {
    action();
  } catch (error) {
    return error as RillError;
  }
  throw new Error("nothing was thrown");
}
