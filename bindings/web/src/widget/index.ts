// The widget: importing this defines `<wotnot-chat>`.

import { WotnotChat } from "./element.js";

export { WotnotChat };
export type { Compute } from "./host.js";
export type { WidgetOptions } from "./element.js";
export type { Strings } from "./strings/index.js";

if (globalThis.customElements && !customElements.get("wotnot-chat")) customElements.define("wotnot-chat", WotnotChat);

declare global {
  interface HTMLElementTagNameMap {
    "wotnot-chat": WotnotChat;
  }
}
