/** What the constructor of {@link RillError} takes besides code and message. */
export interface RillErrorDetails {
  status?: number | undefined;
  type?: string | undefined;
  param?: string | null | undefined;
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** Why an answer was refused, has failed, or can't be read. */
export class RillError extends Error {
  /**
   * The stable code. Rill's own are those of its protocol, such as `too_many_requests`; the client's own are
   * `unreachable`, `stopped`, `closed`, `token_unavailable` and `unexpected`.
   */
  readonly code: string;
  /** The HTTP status, also where the error came over a socket; 0 for an error of the client itself. */
  readonly status: number;
  /** The class of the error, such as `rate_limit_error`. */
  readonly type: string;
  /** The field of the request that the error is about. */
  readonly param: string | null;
  /** Seconds after which asking again may help. */
  readonly retryAfter?: number;

  constructor(code: string, message: string, details: RillErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "RillError";
    this.code = code;
    this.status = details.status ?? 0;
    this.type = details.type ?? "client_error";
    this.param = details.param ?? null;
    if (details.retryAfter !== undefined) {
      this.retryAfter = details.retryAfter;
    }
  }
}

/** An error in the form of OpenAI: `{error: {type, code, message, param}}`, as HTTP bodies and socket messages have it. */
export function errorOf(status: number, body: unknown, retryAfter: string | null | undefined): RillError {
  const error = ((body as { error?: unknown } | null)?.error ?? {}) as Record<string, unknown>;
  // A proxy's error may have a number as its code.
  const text = (name: string) => (typeof error[name] === "string" && error[name] !== "" ? error[name] : undefined);
  return new RillError(
    text("code") ?? `http_${status}`,
    text("message") ?? `The server answered with status ${status}.`,
    {
      status,
      type: text("type") ?? (status >= 500 ? "server_error" : "invalid_request_error"),
      param: text("param"),
      retryAfter: seconds(retryAfter),
    },
  );
}

/** `Retry-After` in seconds; a date is not understood, since Rill sends none. */
function seconds(header: string | null | undefined): number | undefined {
  const value = Number.parseFloat(header ?? "");
  return value >= 0 ? value : undefined;
}
