/** Longest that a task of the page may take, in milliseconds. */
export const limit = 50;

/**
 * CPU time of the tasks of the renderer's main thread, which another process does not lengthen; those under 1 ms are left
 * out, so that p99 means something. Blocking is what the tasks take beyond the limit, all together.
 *
 * Throws if the trace has no such task, since Chromium then names them otherwise, and nothing was measured.
 */
export function tasksOf(events) {
  const main = events.filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain");
  const threads = new Set(main.map((event) => `${event.pid}:${event.tid}`));
  const durations = events
    .filter((event) => event.name === "ThreadControllerImpl::RunTask" && threads.has(`${event.pid}:${event.tid}`))
    .map((event) => (event.tdur ?? event.dur ?? 0) / 1_000)
    .filter((duration) => duration >= 1)
    .sort((a, b) => a - b);
  if (durations.length === 0) {
    throw new Error("The trace has no task of the main thread: has Chromium renamed its events?");
  }
  const at = (share) => durations[Math.min(durations.length - 1, Math.floor(share * durations.length))];
  const over = durations.filter((duration) => duration > limit);
  const blocking = over.reduce((sum, duration) => sum + duration - limit, 0);
  return { tasks: durations.length, p50: at(0.5), p99: at(0.99), longest: at(1), over: over.length, blocking };
}

export const ms = (value) => `${value.toFixed(1)} ms`;

export function tasksInWords({ tasks, p50, p99, longest, over, blocking }) {
  return `${tasks} tasks, p50 ${ms(p50)}, p99 ${ms(p99)}, longest ${ms(longest)}, ${over} over ${limit} ms, blocking ${ms(blocking)}`;
}
