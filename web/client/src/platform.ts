/** The time and its timers. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(task: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The part of a WebSocket that the client uses. */
export interface SocketLike {
  readonly readyState: number;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: ((event: unknown) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** The class `WebSocket` of a browser, of Deno, Bun and Node 22, or one of the same shape. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => SocketLike;

/** What the client learns of the device and the page around it. */
export type Signal = "online" | "offline" | "shown";

/** The device and the page. Outside of a browser there are no signals, and the device counts as online. */
export interface Surroundings {
  readonly online: boolean;
  /** Calls the listener at each signal until the returned function is called. */
  watch(listener: (signal: Signal) => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (task, milliseconds) => setTimeout(task, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as number),
};

/** Reads `navigator.onLine`, and listens to `online`, `offline` and `visibilitychange` where they exist. */
export const systemSurroundings: Surroundings = {
  get online() {
    return globalThis.navigator?.onLine !== false;
  },
  watch(listener) {
    const page = globalThis.document;
    const signals = {
      online: () => listener("online"),
      offline: () => listener("offline"),
      visibilitychange: () => {
        if (!page.hidden) {
          listener("shown");
        }
      },
    };
    const each = (method: "addEventListener" | "removeEventListener") => {
      for (const [name, signal] of Object.entries(signals)) {
        (name === "visibilitychange" ? page : globalThis)?.[method]?.(name, signal);
      }
    };
    each("addEventListener");
    return () => each("removeEventListener");
  },
};
