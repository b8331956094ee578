// The script that a gateway serves: `<script src="https://chat.example.com/widget/loader.js" data-site="shop" async></script>`.

import { load } from "./index.js";

declare const WIDGET_FILE: string;
declare const WIDGET_INTEGRITY: string;

const { src, integrity, dataset } = document.currentScript as HTMLScriptElement;
const attributes = { gateway: new URL("..", src).href.slice(0, -1), ...(dataset as Record<string, string>) };
// A page that pins this script wants nothing that it does not name.
const fallback = integrity ? "" : new URL("widget.js", src).href;
const run = () => load({ url: new URL(WIDGET_FILE, src).href, integrity: WIDGET_INTEGRITY, fallback, attributes });
if (document.body) run();
else addEventListener("DOMContentLoaded", run);
