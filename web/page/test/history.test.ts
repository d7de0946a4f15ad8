import { describe, expect, it } from "vitest";
import {
  conversationOf,
  historyFromText,
  historyToText,
  historyWith,
  type PastConversation,
} from "../src/state/history.js";
import { linkTo, responsesIn } from "../src/state/link.js";
import { defaultSettings, languageFor, settingsFromText, settingsToText } from "../src/state/settings.js";

const id = (n: number) => `resp_${n.toString(16).padStart(32, "0")}`;
const conversation = (name: string, n: number): PastConversation => ({
  id: name,
  at: n,
  turns: [{ prompt: `Prompt of ${name}`, ids: [id(n), undefined] }],
});

describe("the history", () => {
  it("has the newest conversation first, and each once", () => {
    const history = historyWith(
      historyWith(historyWith([], conversation("a", 1)), conversation("b", 2)),
      conversation("a", 3),
    );
    expect(history.map((past) => [past.id, past.at])).toEqual([
      ["a", 3],
      ["b", 2],
    ]);
  });

  it("keeps 50 conversations and 2,000 characters of a prompt", () => {
    let history = historyFromText(null);
    for (let n = 0; n < 60; n++) {
      history = historyWith(history, {
        id: `${n}`,
        at: n,
        turns: [{ prompt: "x".repeat(5_000), ids: [id(n), id(n)] }],
      });
    }
    expect(history).toHaveLength(50);
    expect(history[0]?.turns[0]?.prompt).toHaveLength(2_000);
  });

  it("is read as it was written", () => {
    const history = [conversation("a", 1), conversation("b", 2)];
    expect(historyFromText(historyToText(history))).toEqual(history);
  });

  it.each(["", "{", "null", "7", '[{"id":1}]', '[{"id":"a","at":1,"turns":[{"prompt":"x","ids":["<script>"]}]}]'])(
    "leaves out what has another form: %s",
    (text) => {
      expect(historyFromText(text)).toEqual([]);
    },
  );

  it("leaves out a conversation whose time is no date", () => {
    const turns = [{ prompt: "Why?", ids: [`resp_${"0".repeat(32)}`, null] }];
    const stored = [1e99, 1].map((at, index) => ({ id: String(index), at, turns }));
    expect(historyFromText(JSON.stringify(stored)).map((conversation) => conversation.id)).toEqual(["1"]);
  });

  it("finds the conversation of a link", () => {
    const history = [conversation("a", 1), conversation("b", 2)];
    expect(conversationOf(history, [id(2), undefined])?.id).toBe("b");
    expect(conversationOf(history, [id(2), id(1)])).toBeUndefined();
  });
});

describe("a link", () => {
  it.each([
    [id(1), id(2)],
    [id(1), undefined],
    [undefined, id(2)],
  ] as const)("names the responses of both sides: %s, %s", (left, right) => {
    expect(responsesIn(linkTo([left, right]) as string)).toEqual([left, right]);
  });

  it("does not exist before a response does", () => {
    expect(linkTo([undefined, undefined])).toBeUndefined();
  });

  it.each(["", "#", "#/a/-,-", "#/a/resp_1,resp_2", `#/a/${id(1)}`, `#/a/${id(1)},${id(2)}/../x`])(
    "is nothing else: %s",
    (fragment) => {
      expect(responsesIn(fragment)).toBeUndefined();
    },
  );
});

describe("settings", () => {
  it("are read as they were written", () => {
    const settings = {
      ...defaultSettings,
      theme: "dark",
      language: "ja",
      model: "m",
      transports: ["http", "http"],
    } as const;
    expect(settingsFromText(settingsToText(settings))).toEqual(settings);
  });

  it.each([null, "", "null", "[]", '{"theme":"pink","language":"xx","transports":["tcp"],"announced":1}'])(
    "take their defaults for what is none: %s",
    (text) => {
      expect(settingsFromText(text)).toEqual(defaultSettings);
    },
  );

  it("take the first language that the page has", () => {
    expect(languageFor(["fr-FR", "ja-JP", "en"])).toBe("ja");
    expect(languageFor(["de", "en-US", "ja"])).toBe("en");
    expect(languageFor([])).toBe("en");
  });
});
