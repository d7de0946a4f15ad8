// @vitest-environment happy-dom
import { Activity, act, createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { expect, test } from "vitest";
import type { Rill, RillOptions } from "../../src/index.js";
import { useRill } from "../../src/react/index.js";
import { FakeSurroundings } from "../world.js";
import { rendered } from "./rendering.js";

interface OwnerProps extends Partial<RillOptions> {
  /** The client of each render. */
  given: Rill[];
}

function Owner({ given, ...options }: OwnerProps) {
  given.push(useRill({ url: "http://rill.test", ...options }));
  return null;
}

test("client is the same at each render, and is closed at the end", async () => {
  const given: Rill[] = [];
  const { render, unmount } = rendered(Owner, { given });
  render({ given });
  expect(new Set(given).size).toBe(1);
  expect(given[0]?.connection).toBe("idle");

  await unmount();
  expect(given[0]?.connection).toBe("closed");
});

test("strict mode has one client, which stays open", async () => {
  const given: Rill[] = [];
  const { render, unmount } = rendered(Owner, { given }, true);
  await act(async () => {});
  render({ given });
  await act(async () => {});
  expect(new Set(given).size).toBe(1);
  expect(given[0]?.connection).toBe("idle");

  await unmount();
  expect(given[0]?.connection).toBe("closed");
});

test("strict mode leaves no listener behind", async () => {
  const surroundings = new FakeSurroundings();
  const { unmount } = rendered(Owner, { given: [], surroundings }, true);
  await unmount();

  expect(surroundings.watched).toBe(false);
});

test("component that is shown again has an open client", async () => {
  const given: Rill[] = [];
  const root = createRoot(document.createElement("div"));
  const show = async (mode: "visible" | "hidden") => {
    const children = createElement(Owner, { given });
    await act(async () => root.render(createElement(StrictMode, null, createElement(Activity, { mode, children }))));
  };
  await show("visible");
  await show("hidden");
  expect(given.at(-1)?.connection).toBe("closed");

  await show("visible");
  expect(given.at(-1)?.connection).toBe("idle");
  await act(async () => root.unmount());
  expect(given.map(({ connection }) => connection)).not.toContain("idle");
});

test("newest function is asked for the token", async () => {
  const sent: (string | null)[] = [];
  const fetch = async (_: unknown, init?: RequestInit) => {
    sent.push(new Headers(init?.headers).get("authorization"));
    return new Response("{}", { status: 401 });
  };
  const given: Rill[] = [];
  const options: Partial<RillOptions> = { fetch: fetch as typeof globalThis.fetch, transport: "http" };
  const { render } = rendered(Owner, { given, ...options, token: () => "old" });
  render({ given, ...options, token: () => "new" });
  await expect(given[0]?.ask({ input: "Hi" }).done).rejects.toThrow();

  expect(sent).toContain("Bearer new");
  expect(sent).not.toContain("Bearer old");
});
