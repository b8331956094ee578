// What a browser's page goes through that matters to a connection.

export interface PageListener {
  /** The network is back, or the page is, maybe in another network. */
  online(): void;
  offline(): void;
  /** The page is left, maybe for good. */
  hidden(): void;
  /** The page came back out of the browser's cache. */
  restored(): void;
  /** The page is looked at again; connections may have died meanwhile. */
  visible(): void;
}

/** Listens until `stop` aborts; where there is no page, to nothing. */
export function watchPage(listener: PageListener, stop: AbortSignal): void {
  if (typeof document === "undefined") return;
  const on = (target: EventTarget, name: string, run: (event: Event) => void) => target.addEventListener(name, run, { signal: stop });
  on(window, "online", () => listener.online());
  on(window, "offline", () => listener.offline());
  on(window, "pagehide", () => listener.hidden());
  on(window, "pageshow", (event) => {
    if (!(event as PageTransitionEvent).persisted) return;
    listener.restored();
    listener.online();
  });
  on(document, "visibilitychange", () => {
    if (document.visibilityState === "visible") listener.visible();
  });
}
