/** What a wait may take at most, in milliseconds. It is a guard: a test that passes waits for what happens. */
const PATIENCE = 240_000;

/**
 * The promise, or an error if it is not settled in time.
 *
 * @param state called then, for the error's message
 */
export function within<T>(promise: Promise<T>, state: () => string, patience = PATIENCE): Promise<T> {
  return new Promise((resolve, reject) => {
    const guard = setTimeout(() => reject(new Error(`not within ${patience / 1_000} s: ${state()}`)), patience);
    promise.then(resolve, reject).finally(() => clearTimeout(guard));
  });
}
