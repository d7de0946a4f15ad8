/** The part of the browser's WebSocket that is needed to lose it. */
type SocketClass = typeof WebSocket;

export interface CuttableSockets {
  /** The class to open sockets with. */
  readonly WebSocket: SocketClass;
  /** Ends all open sockets as a lost network does: at once, without a close frame first. Returns how many. */
  cut(): number;
}

/** A subclass of the browser's WebSocket whose sockets can be lost on purpose. */
export function cuttableSockets(Base: SocketClass): CuttableSockets {
  const open = new Set<WebSocket>();
  class CuttableSocket extends Base {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      open.add(this);
      this.addEventListener("close", () => open.delete(this));
    }
  }
  return {
    WebSocket: CuttableSocket,
    cut() {
      const cut = [...open].filter((socket) => socket.readyState === Base.OPEN);
      for (const socket of cut) {
        lose(socket);
      }
      return cut.length;
    },
  };
}

/** The client hears nothing more, and of the loss at once; a close that is answered would deliver messages until then. */
function lose(socket: WebSocket): void {
  const { onclose } = socket;
  socket.onmessage = null;
  socket.onclose = null;
  socket.close();
  onclose?.call(socket, new CloseEvent("close", { code: 1006 }));
}
