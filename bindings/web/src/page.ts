// What a browser's page goes through that matters to a connection.

import { connected, type Core, dispatch, leave, recall, renew, wakeUp } from "./core.js";

/** Listens until `signal` aborts; where there is no page, to nothing. */
export function watchPage(core: Core, signal: AbortSignal): void {
  if (!globalThis.document) return;
  /** A stream that spoke so lately is alive, though its page was hidden. */
  const QUIET_MS = 20_000;
  const on = (target: EventTarget, name: string, run: (event: Event) => void) => target.addEventListener(name, run, { signal });
  /** The network is back, or the page is, maybe in another network: what held streams back may be gone. */
  const online = () => {
    wakeUp(core);
    core.muted_ = 0;
    renew(core);
  };
  on(window, "online", online);
  on(window, "offline", () => connected(core, "offline"));
  // A page that holds a lock does not get into the browser's back and forward cache.
  on(window, "pagehide", () => leave(core));
  on(window, "pageshow", (event) => {
    if (!(event as PageTransitionEvent).persisted) return;
    // The page was away: other tabs may have gone on.
    recall(core);
    if (core.conversation_) dispatch(core, { type: "reset", reason: "ahead" });
    core.join_();
    online();
  });
  on(document, "visibilitychange", () => {
    if (document.hidden) return;
    // Connections may have died meanwhile.
    core.seat_?.check_?.();
    wakeUp(core);
    if (Date.now() - core.heard_ > QUIET_MS) renew(core);
  });
}
