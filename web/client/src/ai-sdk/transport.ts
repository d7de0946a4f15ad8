import type { ChatTransport, UIMessage, UIMessageChunk } from "ai";
import { RillError } from "../error.js";
import type { Answer, Rill } from "../index.js";
import { readAnswer } from "./answer-stream.js";
import { ChunkEncoder } from "./chunks.js";
import { earlierSteps } from "./earlier-steps.js";
import { type ChatRecord, ChatRecords, type ChatStorage, tabStorage } from "./records.js";
import { decodeChat, inTermsOfPage } from "./request.js";

/** Fields of Open Responses that a request has beside its messages, such as `model`, `instructions` and `tools`. */
export type ChatBody = Record<string, unknown>;

export interface RillChatTransportOptions {
  /** Asks and resumes. It stays the caller's, who closes it. */
  readonly rill: Rill;
  /** What each request has, or a function that is asked before each one. A request's own `body` wins field by field. */
  readonly body?: ChatBody | (() => ChatBody | PromiseLike<ChatBody>);
  /**
   * Where the response of a chat is kept for {@link RillChatTransport.reconnectToStream} after a reload. Default: the
   * tab's `sessionStorage`, or nothing where there is none. With `localStorage` another tab can read along.
   */
  readonly storage?: ChatStorage;
}

type SendOptions<M extends UIMessage> = Parameters<ChatTransport<M>["sendMessages"]>[0];
type ReconnectOptions = Parameters<ChatTransport<UIMessage>["reconnectToStream"]>[0];
type Chunks = ReadableStream<UIMessageChunk>;

/** The answer that a chat is at. */
interface CurrentAnswer extends Omit<ChatRecord, "responseId"> {
  readonly answer: Answer;
}

/**
 * A transport of the AI SDK's `useChat` that asks over the WebSocket of a {@link Rill}, or over HTTP where that one does.
 *
 * - `stop()` of the chat stops the model, not the stream alone. `useChat` calls it as well when its component unmounts; a
 *   `Chat` that the page has made itself and passes as `chat` goes on.
 * - A lost socket is resumed by the {@link Rill}. The chat does not notice it.
 * - `headers` and `metadata` of a chat's requests are not sent: on a socket a request has no headers.
 *
 * @see https://ai-sdk.dev/docs/ai-sdk-ui/transport
 */
export class RillChatTransport<M extends UIMessage = UIMessage> implements ChatTransport<M> {
  /** A reconnected stream begins with the message's first chunk, so the chat drops what it has of the message. */
  readonly resumeStreamIsReplay = true;

  readonly #rill: Rill;
  readonly #body: RillChatTransportOptions["body"];
  readonly #records: ChatRecords;
  readonly #current = new Map<string, CurrentAnswer>();
  /** Answers whose stream was aborted in the present task. */
  readonly #aborted = new Map<string, CurrentAnswer>();

  constructor({ rill, body, storage = tabStorage() }: RillChatTransportOptions) {
    this.#rill = rill;
    this.#body = body;
    this.#records = new ChatRecords(storage);
  }

  /**
   * Asks for an answer, and settles with its first event.
   *
   * @throws RillError if the request is refused; its `param` is the page's own field, such as `messages[1].parts[0]`
   */
  async sendMessages({ chatId, messages, body, abortSignal }: SendOptions<M>): Promise<Chunks> {
    const settings = typeof this.#body === "function" ? await this.#body() : this.#body;
    const { request, continued, earlier, paths } = decodeChat({ ...settings, ...body, id: chatId, messages });
    abortSignal?.throwIfAborted();
    this.#records.remove(chatId);
    const current = { answer: this.#rill.ask(request), continued, earlier };
    this.#current.set(chatId, current);
    try {
      return await this.#read(chatId, current, new ChunkEncoder({ continued }), abortSignal);
    } catch (error) {
      if (!abortSignal?.aborted) {
        this.#forget(chatId, current);
      }
      throw error instanceof RillError ? inTermsOfPage(error, paths) : error;
    }
  }

  /**
   * Reads the answer that a chat is at from its beginning; after a reload the one that the storage names, which may have
   * ended in the meantime. Null if the page has read its end or stopped it, and if the server has forgotten it.
   */
  async reconnectToStream({ chatId, abortSignal }: ReconnectOptions): Promise<Chunks | null> {
    this.#aborted.delete(chatId);
    abortSignal?.throwIfAborted();
    const current = this.#find(chatId);
    if (current === undefined) {
      return null;
    }
    const { continued, earlier } = current;
    const encoder = new ChunkEncoder({ continued, earlierSteps: earlierSteps(earlier) });
    try {
      return await this.#read(chatId, current, encoder, abortSignal);
    } catch (error) {
      if (error instanceof RillError && error.status === 404) {
        this.#forget(chatId, current);
        return null;
      }
      throw error;
    }
  }

  /** Returns the answer that this page reads, or one of its own if this page reads none or can't read it any further. */
  #find(chatId: string): CurrentAnswer | undefined {
    const known = this.#current.get(chatId);
    if (known !== undefined && known.answer.error === undefined) {
      return known;
    }
    const record = known ? { ...known, responseId: known.answer.id } : this.#records.find(chatId);
    if (record?.responseId === undefined) {
      return undefined;
    }
    const { responseId, continued, earlier } = record;
    // A response that is not stored is shown after its end only to a client that says after which number.
    const answer = this.#rill.resume(responseId, { after: 0 });
    const current = { answer, continued, earlier };
    this.#current.set(chatId, current);
    return current;
  }

  async #read(chatId: string, current: CurrentAnswer, encoder: ChunkEncoder, signal?: AbortSignal): Promise<Chunks> {
    const { answer, continued, earlier } = current;
    const stream = await readAnswer(answer, encoder, signal, {
      aborted: () => this.#stop(chatId, current),
      ended: () => this.#forget(chatId, current),
    });
    if (answer.id !== undefined && this.#current.get(chatId) === current) {
      this.#records.write(chatId, { responseId: answer.id, continued, earlier });
    }
    return stream;
  }

  /**
   * Stops an answer, unless the chat reconnects in the same task: then the page has replaced its stream and wants the
   * answer, as when React's strict mode runs an effect twice, or when a chat resumes while it is resuming.
   */
  #stop(chatId: string, current: CurrentAnswer): void {
    this.#aborted.set(chatId, current);
    queueMicrotask(() => {
      if (this.#aborted.get(chatId) === current) {
        this.#aborted.delete(chatId);
        this.#forget(chatId, current);
        current.answer.stop();
      }
    });
  }

  #forget(chatId: string, current: CurrentAnswer): void {
    if (this.#current.get(chatId) === current) {
      this.#current.delete(chatId);
      this.#records.remove(chatId);
    }
  }
}
