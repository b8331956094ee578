// Puts a launcher on the page at once, and fetches the widget when a visitor reaches for it.

export interface LoadOptions {
  /** The address of the widget's module. */
  url: string;
  /** Its hash. The browser refuses a file that differs. */
  integrity?: string | undefined;
  /** The module's address when the first one fails, as after an upgrade of the gateway; it is not checked. */
  fallback?: string | undefined;
  /** Attributes of the element, such as `gateway` and `site`. */
  attributes?: Record<string, string>;
}

const LOOK = `button{all:unset;position:fixed;inset-block-end:var(--wotnot-offset-block,1.25rem);inset-inline-end:var(--wotnot-offset-inline,1.25rem);z-index:var(--wotnot-z-index,2147483000);inline-size:var(--wotnot-launcher-size,3.5rem);block-size:var(--wotnot-launcher-size,3.5rem);border-radius:50%;background:var(--wotnot-accent,#1d4ed8);cursor:pointer}button:focus-visible{outline:3px solid;outline-offset:2px}`;

/** Adds `<wotnot-chat>` to the page, or takes the one that is there. */
export function load({ url, integrity, fallback, attributes = {} }: LoadOptions): HTMLElement {
  const chat: HTMLElement = document.querySelector("wotnot-chat") ?? document.createElement("wotnot-chat");
  for (const name in attributes) chat.setAttribute(name, attributes[name]!);
  if (!chat.isConnected) document.body.append(chat);
  let asked = false;
  const fetch = () => {
    if (asked) return;
    asked = true;
    const run = () => void import(/* webpackIgnore: true */ /* @vite-ignore */ url).catch(again);
    const again = () => {
      asked = false;
      link.remove();
      if (!fallback) return;
      url = fallback;
      integrity = fallback = "";
      fetch();
    };
    // `import` takes no hash, but finds what was loaded with one.
    const link = document.createElement("link");
    Object.assign(link, { rel: "modulepreload", href: url, crossOrigin: "", integrity: integrity ?? "", onload: run, onerror: again });
    if (link.relList.supports("modulepreload")) document.head.append(link);
    else run();
  };
  if (chat.shadowRoot) return chat;
  if (chat.hasAttribute("open") || (chat.getAttribute("mode") ?? "bubble") !== "bubble" || isUnderWay()) {
    fetch();
    return chat;
  }
  const root = chat.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LOOK);
  root.adoptedStyleSheets = [sheet];
  const launcher = document.createElement("button");
  launcher.ariaLabel = "Chat";
  launcher.onpointerenter = launcher.onfocus = fetch;
  launcher.onclick = () => {
    chat.setAttribute("open", "");
    fetch();
  };
  root.append(launcher);
  return chat;
}

/** A conversation goes on: what comes is to be counted. */
function isUnderWay(): boolean {
  try {
    return Object.keys(localStorage).some((key) => /^wotnot:.*:conversation$/.test(key));
  } catch {
    return false;
  }
}
