// The values of variables, computed by the page's own function or by the bot's code in the gateway's sandbox.

import type { PromptHost, PromptOf } from "../host.js";

/** So long a sandbox may take to load, and the code to run. */
const LOAD_MS = 10_000;
const RUN_MS = 2_000;

export function javascript(host: PromptHost<PromptOf<"javascript">>): HTMLElement {
  const { prompt, compute, h, chat, answer, fail } = host;
  const { code, variables } = prompt;
  const place = h("div", { hidden: true });
  const run = compute ? Promise.resolve({ code, variables }).then(compute) : sandboxed(host, place);
  run.then((values) => chat.snapshot.prompt?.seq === prompt.seq && answer({ variables: values }), fail).finally(() => place.replaceChildren());
  return place;
}

function sandboxed({ prompt, gateway, h }: PromptHost<PromptOf<"javascript">>, place: HTMLElement): Promise<Record<string, unknown>> {
  const { code, variables } = prompt;
  const frame = h("iframe", { src: `${gateway}/widget/sandbox`, sandbox: "allow-scripts", title: "" });
  return new Promise((done, failed) => {
    const end = new AbortController();
    const late = () => {
      end.abort();
      failed(new Error("the bot's code took too long"));
    };
    let timer = setTimeout(late, LOAD_MS);
    const hear = ({ source, data }: MessageEvent) => {
      if (source !== frame.contentWindow) return;
      clearTimeout(timer);
      if (data === "ready") {
        timer = setTimeout(late, RUN_MS);
        // It has no origin that could be named.
        frame.contentWindow!.postMessage({ code, variables }, "*");
        return;
      }
      end.abort();
      if (data.values) done(data.values as Record<string, unknown>);
      else failed(new Error(String(data.error)));
    };
    addEventListener("message", hear, { signal: end.signal });
    place.append(frame);
  });
}
