import type { UIMessageChunk } from "ai";
import { RillError } from "../error.js";
import type { Answer, ResponseEvent } from "../index.js";
import type { ChunkEncoder } from "./chunks.js";

/** What a transport learns of a stream. Each is called at most once, and not both. */
export interface StreamListener {
  /** The signal was aborted before the last chunk was read. */
  aborted(): void;
  /** The last chunk was read. */
  ended(): void;
}

/**
 * Reads the events of an answer from the first one as a stream of chunks, which holds no more of them than were asked
 * for. Settles with the first event.
 *
 * A stream that is cancelled leaves its answer alone. An aborted signal fails the stream with the signal's reason.
 *
 * @throws RillError if the answer was refused before its first event
 */
export async function readAnswer(
  answer: Answer,
  encoder: ChunkEncoder,
  signal: AbortSignal | undefined,
  listener: StreamListener,
): Promise<ReadableStream<UIMessageChunk>> {
  const events = answer[Symbol.asyncIterator]();
  const left = new AbortController();
  const leave = () => {
    left.abort();
    void Promise.resolve(events.return?.()).catch(() => {});
  };
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => {
      listener.aborted();
      leave();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { signal: left.signal });
  });
  let first: IteratorResult<ResponseEvent> | undefined;
  try {
    first = await Promise.race([events.next(), aborted]);
  } catch (error) {
    left.abort();
    throw error;
  }
  return new ReadableStream<UIMessageChunk>({
    start(controller) {
      aborted.catch((reason) => controller.error(reason));
    },
    async pull(controller) {
      for (let chunks: UIMessageChunk[] = []; chunks.length === 0; ) {
        const { done, value } = first ?? (await events.next().catch(rethrow));
        first = undefined;
        if (left.signal.aborted) {
          return;
        }
        if (done) {
          throw answer.error ?? new Error("The answer broke off.");
        }
        chunks = encoder.write(value);
        for (const chunk of chunks) {
          controller.enqueue(chunk);
        }
        if (encoder.ended) {
          leave();
          listener.ended();
          controller.close();
        }
      }
    },
    cancel: leave,
  });
}

/** By a `TypeError` of the network the SDK knows that the answer may go on, and resumes it when the page is shown again. */
function rethrow(cause: unknown): never {
  throw cause instanceof RillError && cause.code === "unreachable"
    ? new TypeError(`The network does not reach the server. ${cause.message}`, { cause })
    : cause;
}
