import { describe, expect, it } from "vitest";
import type { Transport } from "../src/index.js";
import { World } from "./world.js";

describe.each<Transport>(["websocket", "http"])("an answer over %s", (transport) => {
  it("has text, status, usage and id", async () => {
    const world = new World();
    const answer = world.rill({ transport }).ask({ input: "How do rivers form?" });
    expect(answer.status).toBe("sending");
    const response = await world.clock.until(answer.done, 10_000);
    expect(response.status).toBe("completed");
    expect(answer).toMatchObject({ id: response.id, status: "completed", text: "Rivers form slowly.", transport });
    expect(answer.usage?.total_tokens).toBe(8);
  });
});
