import { beforeEach, describe, expect, it } from "vitest";
import { backoff } from "../src/backoff.js";
import { type ConnectionInput, ConnectionMachine } from "../src/connection.js";

let now: number;
let machine: ConnectionMachine;

beforeEach(() => {
  now = 1_000_000;
  machine = new ConnectionMachine(() => 0.5, 120_000);
});

function on(type: Exclude<ConnectionInput["type"], "unreachable" | "refused">) {
  return machine.on({ type }, now);
}

function unreachable(online = true) {
  return machine.on({ type: "unreachable", online }, now);
}

/** Lets time pass until the tick is due, and some more. */
function tick(late = 0) {
  now = (machine.due ?? Number.NaN) + late;
  return on("tick");
}

function open(): void {
  on("wanted");
  on("opened");
  on("heard");
}

describe("the backoff", () => {
  it("doubles its window up to 30 s", () => {
    expect([0, 1, 2, 3, 4, 5, 60].map((failures) => backoff(failures, () => 1))).toEqual([
      3_000, 6_000, 12_000, 24_000, 30_000, 30_000, 30_000,
    ]);
  });

  it("takes any time of the window", () => {
    expect(backoff(3, () => 0)).toBe(0);
    expect(backoff(3, () => 0.25)).toBe(6_000);
  });
});

describe("the connection", () => {
  it("connects when an answer wants it, and rests when none does", () => {
    expect(machine.state).toBe("idle");
    expect(on("wanted")).toBe("connect");
    expect(machine.state).toBe("connecting");
    expect(on("wanted")).toBeUndefined();
    expect(on("opened")).toBe("ping");
    on("heard");
    on("unwanted");
    expect(machine.state).toBe("open");
    expect(on("lost")).toBeUndefined();
    expect(machine.state).toBe("idle");
  });

  it("connects again after a loss, with growing delays", () => {
    open();
    now += 10_000;
    on("lost");
    expect(machine.state).toBe("waiting");
    expect(machine.due).toBe(now + 1_500);
    expect(tick()).toBe("connect");
    unreachable();
    expect(machine.due).toBe(now + 3_000);
    tick();
    unreachable();
    expect(machine.due).toBe(now + 6_000);
  });

  it("does not forget its failures for a socket that lives shortly", () => {
    open();
    now += 100;
    on("lost");
    tick();
    on("opened");
    on("heard");
    on("lost");
    expect(machine.due).toBe(now + 3_000);
  });

  it("pings a silent socket while answers wait, and drops it without an answer", () => {
    open();
    tick();
    expect(tick()).toBe("ping");
    expect(tick()).toBe("drop");
    on("lost");
    expect(machine.state).toBe("waiting");
  });

  it("does not drop a socket that answers the ping", () => {
    open();
    tick();
    for (let pings = 0; pings < 5; pings++) {
      expect(tick()).toBe("ping");
      on("heard");
      expect(tick()).toBeUndefined();
    }
  });

  it("does not ping while no answer waits", () => {
    open();
    on("unwanted");
    expect(tick()).toBeUndefined();
    expect(machine.due).toBeUndefined();
  });

  it("pings at once when a new answer finds the socket silent", () => {
    open();
    on("unwanted");
    tick();
    now += 400_000;
    expect(on("wanted")).toBe("ping");
    expect(tick()).toBe("drop");
  });

  it("drops a socket whose first ping has no answer", () => {
    on("wanted");
    on("opened");
    expect(tick()).toBe("drop");
  });

  it("pings at once after sleep, and when the page is shown", () => {
    open();
    expect(tick(600_000)).toBe("ping");
    on("heard");
    now += 1_000;
    expect(on("shown")).toBe("ping");
    expect((machine.due ?? 0) - now).toBeLessThanOrEqual(5_000);
    expect(tick()).toBe("drop");
  });

  it("connects at once when the page is shown", () => {
    open();
    on("lost");
    expect(on("shown")).toBe("connect");
  });

  it("waits for the device to be online, and gives up never", () => {
    on("wanted");
    unreachable(false);
    expect(machine.state).toBe("offline");
    for (let tries = 0; tries < 50; tries++) {
      expect(tick()).toBe("connect");
      expect(unreachable(false)).toBeUndefined();
    }
    on("online");
    expect((machine.due ?? 0) - now).toBeLessThanOrEqual(1_000);
    expect(tick()).toBe("connect");
  });

  it("shows that the device is offline while it waits", () => {
    open();
    on("lost");
    on("offline");
    expect(machine.state).toBe("offline");
    on("online");
    expect(machine.state).toBe("waiting");
  });

  it("gives up after two minutes without the server", () => {
    on("wanted");
    const since = now;
    while (unreachable() !== "giveUp") {
      expect(now - since).toBeLessThan(120_000);
      tick();
    }
    expect(now - since).toBeGreaterThanOrEqual(120_000);
    expect(machine.state).toBe("idle");
    expect(on("wanted")).toBe("connect");
  });

  it("does not count the time that the machine slept", () => {
    on("wanted");
    unreachable();
    tick(3_600_000);
    expect(unreachable()).toBeUndefined();
  });

  it("does not count the time that the machine slept amid a handshake", () => {
    on("wanted");
    unreachable();
    tick();
    now += 3_600_000;
    expect(unreachable()).toBeUndefined();
    expect(machine.state).toBe("waiting");
  });

  it("falls back to HTTP after three blocked handshakes", () => {
    on("wanted");
    expect(on("blocked")).toBeUndefined();
    tick();
    expect(on("blocked")).toBeUndefined();
    tick();
    expect(on("blocked")).toBe("fallBack");
    expect(machine.state).toBe("http");
  });

  it("falls back when sockets open and no message gets through", () => {
    on("wanted");
    for (let tries = 0; tries < 2; tries++) {
      on("opened");
      expect(tick()).toBe("drop");
      expect(on("lost")).toBeUndefined();
      tick();
    }
    on("opened");
    tick();
    expect(on("lost")).toBe("fallBack");
  });

  it("does not take a server that is down for a blocked socket", () => {
    on("wanted");
    for (let tries = 0; tries < 4; tries++) {
      on("blocked");
      tick();
      unreachable();
      tick();
      on("opened");
      on("heard");
      on("lost");
      tick();
    }
    expect(machine.state).toBe("connecting");
  });

  it("tries a socket again after a while, beside HTTP", () => {
    on("wanted");
    for (let tries = 0; tries < 3; tries++) {
      on("blocked");
      if (machine.due) tick();
    }
    now += 59_000;
    expect(on("wanted")).toBeUndefined();
    now += 2_000;
    expect(on("wanted")).toBe("connect");
    expect(on("wanted")).toBeUndefined();
    expect(machine.state).toBe("http");
    on("blocked");
    now += 61_000;
    expect(on("wanted")).toBeUndefined();
    now += 60_000;
    expect(on("wanted")).toBe("connect");
    expect(on("opened")).toBe("ping");
    expect(machine.state).toBe("open");
  });

  it("waits as long as a refusal says", () => {
    on("wanted");
    machine.on({ type: "refused", after: 20_000 }, now);
    expect(machine.due).toBe(now + 20_000);
    on("unwanted");
    expect(machine.state).toBe("idle");
  });

  it("does nothing once it is closed", () => {
    open();
    machine.close();
    for (const type of ["wanted", "lost", "online", "shown", "tick", "opened"] as const) {
      expect(on(type)).toBeUndefined();
    }
    expect(machine).toMatchObject({ state: "closed", due: undefined });
  });
});
