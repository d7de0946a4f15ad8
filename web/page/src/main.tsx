import "./page.css";
import { createRoot } from "react-dom/client";
import { Rill } from "rill-client";
import { App } from "./App.js";
import { cuttableSockets } from "./state/cuttable-socket.js";
import { Session } from "./state/session.js";
import { byFrames } from "./state/store.js";

const session = new Session({
  origin: location.origin,
  fetch: (path, init) => fetch(path, init),
  storage: storageOf(),
  sockets: cuttableSockets(WebSocket),
  createClient: (options) => new Rill(options),
  showFragment: (fragment) => history.replaceState(null, "", fragment === "" ? location.pathname : fragment),
  now: () => Date.now(),
  randomId: () => Math.random().toString(36).slice(2),
  schedule: byFrames,
  after: (milliseconds, task) => setTimeout(task, milliseconds),
});
addEventListener("hashchange", () => session.openFragment(location.hash));
addEventListener("storage", ({ key, newValue }) => session.storedElsewhere(key, newValue));
void session.start(location.hash);
createRoot(document.getElementById("page") as HTMLElement).render(<App session={session} />);

/** A browser that keeps nothing throws. */
function storageOf(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
