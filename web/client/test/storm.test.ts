import { expect, it } from "vitest";
import type { Answer } from "../src/index.js";
import { VirtualClock } from "./clock.js";
import { FakeServer } from "./server.js";
import { FakeSurroundings, randomOf, World } from "./world.js";

const CLIENTS = 1_000;

/** The handshakes that API Gateway takes in a second. */
const BOUND = 500;

/** The most handshakes in any second. */
function peak(times: number[]): number {
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to++) {
    while ((times[to] ?? 0) - (times[from] ?? 0) >= 1_000) {
      from++;
    }
    most = Math.max(most, to - from + 1);
  }
  return most;
}

/** Clients with a running answer each, whose server goes away for this time; returns the handshakes after that. */
async function storm(downtime: number, randomOfClient: (client: number) => () => number): Promise<number[]> {
  const world = new World();
  const { server, clock } = world;
  server.play = () => {};
  const answers: Answer[] = [];
  for (let client = 0; client < CLIENTS; client++) {
    answers.push(world.rill({ random: randomOfClient(client) }).ask({ input: String(client) }));
  }
  await clock.pass(1_000);
  expect(server.open).toHaveLength(CLIENTS);
  const before = server.handshakes.length;
  server.up = false;
  server.cut();
  await clock.pass(downtime);
  server.up = true;
  for (const response of server.responses.values()) {
    response.end();
  }
  await clock.until(Promise.all(answers.map((answer) => answer.done)), 60_000);
  return server.handshakes.slice(before).map((handshake) => handshake.at);
}

it.each([100, 10_000])("1,000 clients come back to a server that was away %i ms", { timeout: 60_000 }, async (time) => {
  const times = await storm(time, randomOf);
  expect(peak(times)).toBeLessThanOrEqual(BOUND);
  expect(times.length).toBeLessThanOrEqual(CLIENTS * 5);
});

it("the bound does not hold without jitter", { timeout: 60_000 }, async () => {
  expect(peak(await storm(100, () => () => 0.5))).toBeGreaterThan(BOUND);
});

it("1,000 clients that are online again at once come one after another", { timeout: 60_000 }, async () => {
  const clock = new VirtualClock();
  const server = new FakeServer(clock);
  const surroundings = new FakeSurroundings();
  server.play = () => {};
  for (let client = 0; client < CLIENTS; client++) {
    const world = Object.assign(new World(), { clock, server, surroundings });
    world.rill({ random: randomOf(client) }).ask({ input: "?" });
  }
  await clock.pass(1_000);
  surroundings.signal("offline");
  server.up = false;
  server.cut();
  await clock.pass(60_000);
  server.up = true;
  const before = server.handshakes.length;
  surroundings.signal("online");
  await clock.pass(2_000);
  const times = server.handshakes.slice(before).map((handshake) => handshake.at);
  // All but the few that tried just then.
  expect(times.length).toBeGreaterThan(CLIENTS - 10);
  const tenths = new Map<number, number>();
  for (const time of times) {
    const tenth = Math.floor(time / 100);
    tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1);
  }
  expect(Math.max(...tenths.values())).toBeLessThan(200);
});
