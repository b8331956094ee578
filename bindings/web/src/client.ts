// The chat of one visitor with one site: what starts and ends it, and the calls of a page.

import { shownAnswer } from "./answer.js";
import { changed, connected, type Core, dispatch, enter, insist, OUTBOX, recall, stop } from "./core.js";
import { ChatError } from "./http.js";
import type { Chat, ChatOptions } from "./options.js";
import { watchPage } from "./page.js";
import { rare } from "./rare.js";
import { events, stream, take } from "./reader.js";
import { post, pump, queue, say } from "./sender.js";
import { adopt, api, catchUp, session } from "./session.js";
import { openStore } from "./storage.js";
import { join, stand } from "./tabs.js";
import { emptyView, openPrompt, type Outgoing } from "./view.js";
import { backOff, limit, pause } from "./wait.js";

/** What the rare parts use of the others. */
const tools = {
  api_: api, backOff_: backOff, catchUp_: catchUp, connected_: connected, dispatch_: dispatch, enter_: enter, error_: ChatError, events_: events,
  insist_: insist, limit_: limit, pause_: pause, post_: post, queue_: queue, say_: say, session_: session, stand_: stand, stop_: stop, stream_: stream,
  take_: take,
};
export type Tools = typeof tools;

/** A chat of this page's visitor. Nothing is called before `connect`, `send` or a subscription needs it. */
export function createChat(options: ChatOptions): Chat {
  const gateway = options.gateway.replace(/\/+$/, "");
  const key = `wotnot:${gateway}:${options.site ?? options.app ?? ""}:`;
  const store = openStore(key, options.storage);
  const conversation = store.get_<string>("conversation");
  const outbox = store.names_(OUTBOX).map((name) => store.get_<Outgoing>(name)!).filter(Boolean).sort((one, other) => one.at - other.at);
  let isDestroyed = false;
  const connect = () => {
    if (core.run_ || isDestroyed) return;
    const { signal } = (core.run_ = limit());
    watchPage(core, signal);
    recall(core);
    connected(core, "connecting");
    void begin(core, signal);
  };
  const core = {
    options_: { ...options, gateway },
    key_: key,
    store_: store,
    listeners_: new Set<() => void>(),
    fileNames_: new Map<string, string>(),
    tools_: tools,
    connect_: connect,
    join_: () => join(core),
    view_: { ...emptyView, stale: !!conversation, outbox },
    connection_: "idle",
    conversation_: conversation,
    previous_: store.get_("session"),
    wake_: limit(),
    attempt_: limit(),
    muted_: 0,
    failures_: 0,
    heard_: 0,
    last_: 0,
  } as Omit<Core, "snapshot_"> as Core;
  changed(core);
  /** A call that is loaded with its first use. */
  const rarely = <Name extends "upload" | "resolve" | "loadOlder" | "restart" | "erase">(name: Name) =>
    (async (...given: unknown[]) => {
      connect();
      return ((await rare())[name] as (core: Core, ...given: unknown[]) => unknown)(core, ...given);
    }) as Chat[Name];
  return {
    get snapshot() {
      return core.snapshot_;
    },
    getSnapshot: () => core.snapshot_,
    subscribe(listener) {
      core.listeners_.add(listener);
      if (core.conversation_ || core.view_.outbox.length) connect();
      return () => void core.listeners_.delete(listener);
    },
    connect,
    send(text) {
      const prompt = openPrompt(core.view_);
      return say(core, { text }, text, prompt?.kind === "text" ? prompt.seq : null);
    },
    answer(prompt, answer) {
      return say(core, answer, shownAnswer(prompt, answer, core.fileNames_), prompt.seq);
    },
    upload: rarely("upload"),
    resolve: rarely("resolve"),
    loadOlder: rarely("loadOlder"),
    restart: rarely("restart"),
    erase: rarely("erase"),
    destroy() {
      isDestroyed = true;
      core.listeners_.clear();
      stop(core);
    },
  };
}

/** A session first, then a seat among the tabs, and what waits. */
function begin(core: Core, signal: AbortSignal): Promise<void> {
  const start = async () => {
    try {
      await adopt(core, await session(core));
    } catch (error) {
      if ((error as ChatError).retryable || signal.aborted) throw error;
      return (await rare()).failed(core, error);
    }
    join(core);
    void pump(core);
  };
  // The first new try comes at once: nobody needs to know.
  return insist(core, signal, start, (failures) => failures > 1 && connected(core, "offline"));
}
