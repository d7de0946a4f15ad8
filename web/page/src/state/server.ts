/** What the server tells the page of itself. */
export interface ServerConfig {
  /** Undefined for the page's own origin */
  readonly socketUrl: string | undefined;
  /** Ways to authenticate; none where the server asks no client for a credential */
  readonly authentication: readonly string[];
  /** The model of requests that name none; undefined if the server does not say */
  readonly model: string | undefined;
  /** Path under which faults can be injected; undefined where that is not allowed */
  readonly faults: string | undefined;
}

/** How the server is asked; the `fetch` of the browser. */
export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

/** A refusal of the server, or no answer: then the status is 0. */
export class ServerError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

/** Requests besides those for answers. */
export class Server {
  readonly #fetch: Fetch;
  readonly #token: () => string | undefined;

  constructor(fetcher: Fetch, token: () => string | undefined) {
    this.#fetch = fetcher;
    this.#token = token;
  }

  async config(): Promise<ServerConfig> {
    const response = await this.#request("/config.json");
    return configOf(await response.json(), response.headers.get("x-rill-faults"));
  }

  /** The models that a request may name. */
  async models(): Promise<readonly string[]> {
    const { data } = (await (await this.#request("/v1/models")).json()) as { data?: { id?: unknown }[] };
    return (data ?? []).flatMap(({ id }) => (typeof id === "string" ? [id] : []));
  }

  /** The text of the last message that a response was given. */
  async prompt(responseId: string): Promise<string | undefined> {
    const response = await this.#request(`/v1/responses/${responseId}/input_items?order=desc&limit=1`);
    const { data } = (await response.json()) as { data?: { content?: unknown }[] };
    return textOf(data?.[0]?.content);
  }

  /** Cuts all sockets of a local stack. Returns how many. */
  async cutSockets(faults: string): Promise<number> {
    const { cut } = (await (await this.#post(`${faults}/cut-sockets`, {})).json()) as { cut?: unknown };
    return typeof cut === "number" ? cut : 0;
  }

  /** Kills the worker that answers a response, on a local stack. Returns whether there was one. */
  async killWorker(faults: string, responseId: string): Promise<boolean> {
    const response = await this.#post(`${faults}/kill-worker`, { response_id: responseId });
    const { killed } = (await response.json()) as { killed?: unknown };
    return typeof killed === "number";
  }

  #post(path: string, body: object): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return this.#request(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async #request(path: string, init: RequestInit = {}): Promise<Response> {
    const token = this.#token();
    const headers = new Headers(init.headers);
    if (token !== undefined) {
      try {
        headers.set("authorization", `Bearer ${token}`);
      } catch {
        // No key or token has letters that a header can't carry.
        throw new ServerError(401);
      }
    }
    let response: Response;
    try {
      response = await this.#fetch(path, { ...init, headers, cache: "no-store" });
    } catch {
      throw new ServerError(0);
    }
    if (!response.ok) {
      throw new ServerError(response.status);
    }
    return response;
  }
}

/** Whether a model is the local stack's simulated one, which knows commands. */
export function isSimulated(model: string | undefined): boolean {
  return model?.startsWith("simulated") ?? false;
}

function configOf(body: unknown, faults: string | null): ServerConfig {
  const { socket_url, authentication, model } = (body ?? {}) as Record<string, unknown>;
  return {
    socketUrl: typeof socket_url === "string" ? socket_url : undefined,
    authentication: Array.isArray(authentication) ? authentication.map(String) : [],
    model: typeof model === "string" && model !== "" ? model : undefined,
    faults: faults ?? undefined,
  };
}

function textOf(content: unknown): string | undefined {
  if (typeof content === "string") {
    return content;
  }
  const parts = Array.isArray(content) ? (content as { text?: unknown }[]) : [];
  const text = parts.map((part) => (typeof part.text === "string" ? part.text : "")).join("");
  return text === "" ? undefined : text;
}
