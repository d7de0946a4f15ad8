import { errorOf, RillError } from "./error.js";
import type { Clock } from "./platform.js";
import { SseParser } from "./sse.js";
import type { ResponseEvent } from "./types.js";

/** A key or token, or a function that returns a fresh one. */
export type TokenSource = string | (() => string | undefined | Promise<string | undefined>) | undefined;

/** A server sends something at least every 14 s while a stream is open. */
export const SILENCE = 45_000;

export interface RequestOptions {
  body?: string;
  key?: string;
  signal?: AbortSignal;
  /** Milliseconds until the answer has to begin; by default 45,000. */
  patience?: number;
  /** Called when the credential is there and the request goes out. */
  onSend?: () => void;
}

/** Requests to Rill's HTTP API, with a fresh credential each. */
export class Http {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  readonly #token: TokenSource;
  readonly #clock: Clock;

  /** @param base without a slash at its end */
  constructor(base: string, fetcher: typeof fetch, token: TokenSource, clock: Clock) {
    this.#base = base;
    this.#fetch = fetcher;
    this.#token = token;
    this.#clock = clock;
  }

  /** The credential of now. */
  async token(): Promise<string | undefined> {
    try {
      return typeof this.#token === "function" ? await this.#token() : this.#token;
    } catch (cause) {
      throw new RillError("token_unavailable", "The function 'token' has failed.", { cause });
    }
  }

  /**
   * Sends a request and returns an answer of status 2xx.
   *
   * @throws RillError the server's error, or `unreachable` if no answer has begun within `patience`
   */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<globalThis.Response> {
    const token = await this.token();
    const headers: Record<string, string> = {};
    if (token !== undefined) {
      headers.authorization = `Bearer ${token}`;
    }
    if (options.body !== undefined) {
      headers["content-type"] = "application/json";
    }
    if (options.key !== undefined) {
      headers["idempotency-key"] = options.key;
    }
    requireHeaders(headers);
    const late = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal;
    const init: RequestInit = { method, headers, cache: "no-store", signal };
    if (options.body !== undefined) {
      init.body = options.body;
    }
    if (!signal.aborted) {
      options.onSend?.();
    }
    const timer = this.#clock.setTimeout(() => late.abort(), options.patience ?? SILENCE);
    const response = await reached(() => this.#fetch.call(undefined, this.#base + path, init)).finally(() =>
      this.#clock.clearTimeout(timer),
    );
    if (response.ok) {
      return response;
    }
    const text = await this.#text(response).catch(() => "");
    throw errorOf(response.status, parse(text), response.headers.get("retry-after"));
  }

  /** As {@link request}, and reads the JSON body. */
  async json(method: string, path: string, options?: RequestOptions): Promise<Record<string, unknown>> {
    return this.body(await this.request(method, path, options));
  }

  /**
   * The JSON body of an answer.
   *
   * @throws RillError `unreachable` if the body is cut, is not JSON, or brings nothing for 45 s
   */
  body(response: globalThis.Response): Promise<Record<string, unknown>> {
    return reached(async () => JSON.parse(await this.#text(response)));
  }

  /**
   * The events of a stream, and undefined for each comment line, by which the server says that it is there. Ends where
   * the stream does, by `[DONE]` or by a cut, and after 45 s without anything: the caller knows which by the terminal
   * event.
   */
  async *events(response: globalThis.Response): AsyncGenerator<ResponseEvent | undefined> {
    if (!response.body) {
      throw new RillError("unexpected", "The 'fetch' of this runtime streams no bodies.");
    }
    const parser = new SseParser();
    try {
      for await (const piece of this.#pieces(response)) {
        for (const data of parser.push(piece)) {
          const event = data === undefined ? undefined : (parse(data) as ResponseEvent | undefined);
          if (event || data === undefined) {
            yield event;
          }
        }
      }
    } catch {
      // It was cut, or silent.
    }
  }

  async #text(response: globalThis.Response): Promise<string> {
    let text = "";
    for await (const piece of this.#pieces(response)) {
      text += piece;
    }
    return text;
  }

  /** The text of a body as it comes. Throws if the body is cut, or brings nothing for 45 s. */
  async *#pieces(response: globalThis.Response): AsyncGenerator<string, void> {
    if (!response.body) {
      return;
    }
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const { value, done } = await this.#inTime(reader.read());
        if (done) {
          return;
        }
        yield decoder.decode(value, { stream: true });
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  #inTime<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => reject(new Error("The stream is silent.")), SILENCE);
      promise.then(resolve, reject).finally(() => this.#clock.clearTimeout(timer));
    });
  }
}

/** Checks here what `fetch` would report as if the server were unreachable. */
function requireHeaders(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value]]);
    } catch (cause) {
      throw new RillError(
        "invalid_header",
        `A header '${name}' can't carry this value: it takes one line of Latin letters.`,
        {
          cause,
        },
      );
    }
  }
}

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new RillError("unreachable", "The server can't be reached.", { cause });
  }
}

/** Undefined where the text is not JSON, as `[DONE]` is not an object and as a proxy's page is not. */
export function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
