import { describe, expect, it } from "vitest";
import { SseParser } from "../src/sse.js";

/** The data of a stream that arrives in these pieces, and undefined for each comment line. */
function read(...pieces: Uint8Array[]): (string | undefined)[] {
  const decoder = new TextDecoder();
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(decoder.decode(piece, { stream: true })));
}

const STREAMS: [string, string, (string | undefined)[]][] = [
  ["LF", 'event: a\nid: 0\ndata: {"text":"Flüße 🌊"}\n\ndata: [DONE]\n\n', ['{"text":"Flüße 🌊"}', "[DONE]"]],
  ["CRLF", "event: a\r\ndata: 日本\r\n\r\ndata: two\r\n\r\n", ["日本", "two"]],
  ["CRLF and two lines of data", "data: one\r\ndata: two\r\n\r\n", ["one\ntwo"]],
  ["CR", "data: one\r\rdata: two\r\r", ["one", "two"]],
  [
    "comments and a byte order mark",
    "\uFEFF: keep-alive\n\ndata: one\n:\ndata: two\n\n: cut",
    [undefined, undefined, "one\ntwo"],
  ],
  ["fields without a space or a value", "data:one\n\ndata\n\ndata\ndata\n\nretry: 5\n\nid\n\n", ["one", "", "\n"]],
  ["an event that is cut off", "data: one\n\ndata: two\n", ["one"]],
];

describe.each(STREAMS)("a stream with %s", (_name, text, expected) => {
  const bytes = new TextEncoder().encode(text);

  it("is read whole", () => {
    expect(read(bytes)).toEqual(expected);
  });

  it("is read byte by byte", () => {
    expect(read(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  it("is read cut at every byte, and at every two", () => {
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const pieces = [bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)];
        expect(read(...pieces), `${first}, ${second}`).toEqual(expected);
      }
    }
  });
});
