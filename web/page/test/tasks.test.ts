import { describe, expect, it } from "vitest";
// @ts-expect-error the measurement is plain JavaScript
import { tasksOf } from "../bench/tasks.mjs";

const thread = (tid: number, name: string) => ({ name: "thread_name", pid: 1, tid, args: { name } });
const task = (tid: number, milliseconds: number, name = "ThreadControllerImpl::RunTask") => ({
  ...{ name, pid: 1, tid },
  tdur: milliseconds * 1_000,
});

describe("the tasks of a trace", () => {
  it("are those of the main thread that took 1 ms or more", () => {
    const events = [thread(1, "CrRendererMain"), thread(2, "Compositor"), task(1, 60), task(1, 0.5), task(2, 300)];
    expect(tasksOf([...events, task(1, 2)])).toMatchObject({ tasks: 2, p99: 60, longest: 60, over: 1, blocking: 10 });
  });

  it("are an error where there are none", () => {
    const events = [thread(1, "CrRendererMain"), task(1, 60, "RenamedTask")];
    expect(() => tasksOf(events)).toThrow("The trace has no task of the main thread");
  });
});
