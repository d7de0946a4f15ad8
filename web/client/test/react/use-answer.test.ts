// @vitest-environment happy-dom
import { act, createElement, Fragment, useLayoutEffect } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { RillError } from "../../src/error.js";
import { type AnswerSnapshot, useAnswer } from "../../src/react/index.js";
import { message, ScriptedAnswer } from "../scripted-rill.js";
import { rendered } from "./rendering.js";

interface ViewProps {
  answer?: ScriptedAnswer;
  /** What the component was given at each render. */
  given: AnswerSnapshot[];
}

function View({ answer, given }: ViewProps) {
  const snapshot = useAnswer(answer);
  given.push(snapshot);
  return `${snapshot.status}: ${snapshot.text}`;
}

/** Writes to its answer before it has subscribed. */
function EagerView({ answer }: { answer: ScriptedAnswer }) {
  useLayoutEffect(() => void answer.running().delta("early"), [answer]);
  return useAnswer(answer).text;
}

function newAnswer(id = "resp_1"): ScriptedAnswer {
  return new ScriptedAnswer(id, -1);
}

test("no answer has no status and no text", () => {
  const given: AnswerSnapshot[] = [];
  const { container } = rendered(View, { given });

  expect(container.textContent).toBe("undefined: ");
  expect(given).toEqual([expect.objectContaining({ text: "", error: undefined, transport: undefined })]);
});

test("each change of the answer is shown", async () => {
  const answer = newAnswer();
  const given: AnswerSnapshot[] = [];
  const { container } = rendered(View, { answer, given });
  expect(container.textContent).toBe("sending: ");

  await act(async () => answer.running().delta("Hel"));
  expect(container.textContent).toBe("in_progress: Hel");
  await act(async () => answer.completed(message("Hello")));
  expect(container.textContent).toBe("completed: Hello");
  expect(given.at(-1)).toMatchObject({ id: "resp_1", attempt: 1, resumes: 0, transport: "websocket", lastSequence: 3 });
});

test("error of the answer is shown", async () => {
  const answer = newAnswer();
  const given: AnswerSnapshot[] = [];
  rendered(View, { answer, given });
  const error = new RillError("too_many_requests", "Too many.", { status: 429 });
  await act(async () => answer.fail(error));

  expect(given.at(-1)).toMatchObject({ status: "failed", error });
});

test("changes that come together are rendered once", async () => {
  const answer = newAnswer();
  const given: AnswerSnapshot[] = [];
  rendered(View, { answer, given });
  await act(async () => {
    answer.running();
    for (let word = 0; word < 100; word++) {
      answer.delta(`${word} `);
    }
  });

  expect(given).toHaveLength(2);
  expect(given[1]?.lastSequence).toBe(101);
});

test("nothing is rendered if no field has changed", async () => {
  const answer = newAnswer().running();
  const given: AnswerSnapshot[] = [];
  rendered(View, { answer, given });
  await act(async () => answer.update({ resumes: 0 }));

  expect(given).toHaveLength(1);
});

test("two components are given the same object in each commit", async () => {
  const answer = newAnswer();
  const [one, other]: [AnswerSnapshot[], AnswerSnapshot[]] = [[], []];
  const views = [one, other].map((given, key) => createElement(View, { answer, given, key }));
  rendered(Fragment, { children: views });
  await act(async () => answer.running());
  await act(async () => answer.delta("Hel"));

  expect(one).toHaveLength(3);
  expect(other).toHaveLength(3);
  for (const [index, snapshot] of one.entries()) {
    expect(other[index]).toBe(snapshot);
  }
});

test("change between the render and the subscription is shown", async () => {
  const answer = newAnswer();
  const { container } = rendered(EagerView, { answer });

  expect(container.textContent).toBe("early");
});

test("another answer takes the place of the first one", async () => {
  const [first, second] = [newAnswer("resp_1"), newAnswer("resp_2").running().delta("B")];
  const given: AnswerSnapshot[] = [];
  const { container, render } = rendered(View, { answer: first, given });
  render({ answer: second, given });
  expect(container.textContent).toBe("in_progress: B");

  const renders = given.length;
  await act(async () => first.running().delta("A"));
  expect(given).toHaveLength(renders);
  expect(container.textContent).toBe("in_progress: B");
});

test("strict mode shows each change as well", async () => {
  const answer = newAnswer();
  const given: AnswerSnapshot[] = [];
  const { container } = rendered(View, { answer, given }, true);
  await act(async () => answer.running().delta("Hel"));

  expect(container.textContent).toBe("in_progress: Hel");
});

test("server renders the answer as it is", () => {
  const given: AnswerSnapshot[] = [];

  expect(renderToString(createElement(View, { given, answer: newAnswer().running().delta("Hel") }))).toBe(
    "in_progress: Hel",
  );
});
