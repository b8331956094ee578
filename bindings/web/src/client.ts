// The chat of one visitor with one site, as a store: a snapshot that changes, and the calls that change it.

import { shownAnswer } from "./answer.js";
import { Api } from "./api.js";
import { call, ChatError } from "./http.js";
import { Outbox } from "./outbox.js";
import type { ChatOptions, ChatSnapshot } from "./options.js";
import { watchPage } from "./page.js";
import { Reader, type Connection } from "./reader.js";
import { Sender } from "./sender.js";
import { isSame, Sessions, type Kept } from "./session.js";
import { Store } from "./storage.js";
import { Tabs, type Told } from "./tabs.js";
import type { UploadOptions, UploadSource } from "./upload.js";
import { cursorOf, emptyView, openPrompt, reduce, type LocalFrame, type View } from "./view.js";
import { backOff, pause } from "./wait.js";
import type { Answer, FileInfo, Frame, Prompt, Snapshot } from "./wire.js";

const PAGE = 50;
/** A stream that spoke so lately is alive, though its page was hidden. */
const QUIET_MS = 20_000;

export class Chat {
  readonly #options: ChatOptions;
  readonly #store: Store;
  readonly #sessions: Sessions;
  readonly #api: Api;
  readonly #sender: Sender;
  readonly #reader: Reader;
  readonly #key: string;
  readonly #listeners = new Set<() => void>();
  readonly #fileNames = new Map<string, string>();
  #destroyed = false;
  #view: View = emptyView;
  #connection: Connection = "idle";
  #conversation: string | null;
  /** The conversation whose log is being read. */
  #reading: string | null = null;
  #session: Kept | null = null;
  #error: ChatError | null = null;
  #snapshot: ChatSnapshot;
  /** Aborts when what runs is to end. */
  #run: AbortController | null = null;
  #wake = new AbortController();
  #tabs: Tabs | null = null;
  #catching: Promise<void> | null = null;
  #following = false;
  #older: Promise<void> | null = null;

  constructor(options: ChatOptions) {
    const gateway = options.gateway.replace(/\/+$/, "");
    this.#options = { ...options, gateway };
    this.#key = `wotnot:${gateway}:${options.site ?? options.app ?? ""}:`;
    this.#store = new Store(this.#key, options.storage);
    this.#sessions = new Sessions(this.#options, this.#store, `${this.#key}session`);
    this.#api = new Api(gateway, this.#sessions, (session) => this.#adopt(session));
    this.#sender = new Sender(new Outbox(this.#store), {
      variables: options.variables,
      view: () => this.#view,
      running: () => (this.#session && this.#run ? this.#run.signal : null),
      open: () => this.#open(),
      path: (conversation) => this.#api.path(conversation),
      call: (path, asked) => this.#api.call(path, asked),
      dispatch: (frame) => this.#dispatch(frame),
      connect: () => this.connect(),
      pause: (ms) => this.#pause(ms),
      found: (conversation, stale) => this.#found(conversation, stale),
      lost: (conversation) => conversation === this.#conversation && this.#enter(null, false),
    });
    this.#conversation = this.#store.get("conversation");
    this.#view = { ...emptyView, stale: this.#conversation !== null, outbox: this.#sender.kept.all() };
    this.#snapshot = this.#take();
    this.#reader = new Reader({
      streamRetryMs: options.streamRetryMs ?? 60_000,
      authorized: (run) => this.#api.authorized(run),
      events: () => ({ url: `${gateway}${this.#api.path((this.#reading = this.#conversation))}/events`, cursor: cursorOf(this.#view) }),
      prepare: (signal) => this.#prepare(signal),
      take: (frame) => this.#read(frame),
      connected: (connection) => this.#connected(connection),
      failed: (error) => this.#failed(error),
    });
  }

  /** The chat as it stands; the same object until something changes. */
  get snapshot(): ChatSnapshot {
    return this.#snapshot;
  }

  /** `snapshot` as a function, for `useSyncExternalStore`. */
  readonly getSnapshot = (): ChatSnapshot => this.#snapshot;

  /** Calls `listener` after each change, until the function that it gives is called. A chat that was under way goes on. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#conversation || this.#view.outbox.length) this.connect();
    return () => void this.#listeners.delete(listener);
  };

  /** Starts the session, where none is there, and reads the conversation; `send` and the others do so by themselves. */
  connect(): void {
    if (this.#run || this.#destroyed) return;
    this.#run = new AbortController();
    const page = {
      online: () => {
        this.#wakeUp();
        this.#reader.networkChanged();
      },
      offline: () => this.#connected("offline"),
      // A page that holds a lock does not get into the browser's back and forward cache.
      hidden: () => this.#leave(),
      restored: () => this.#restored(),
      visible: () => {
        this.#tabs?.check();
        this.#wakeUp();
        this.#reader.renew(QUIET_MS);
      },
    };
    watchPage(page, this.#run.signal);
    this.#error = null;
    this.#recall();
    this.#connected("connecting");
    void this.#begin(this.#run.signal);
  }

  /** Says something; as the answer where the bot asks for text. Gives the message's `client_id`. */
  send(text: string): string {
    const prompt = openPrompt(this.#view);
    return this.#sender.say({ text }, text, prompt?.kind === "text" ? prompt.seq : null);
  }

  /** Answers a question, the one of `snapshot.prompt`. Gives the message's `client_id`. */
  answer(prompt: Prompt & { seq: number }, answer: Answer): string {
    const text = shownAnswer(prompt, answer, (id) => this.#fileNames.get(id) ?? id);
    return this.#sender.say(answer, text, prompt.seq);
  }

  /** Sends a file; its `id` goes into `files` of an answer. It goes on where it broke off. */
  async upload(file: UploadSource, options: UploadOptions = {}): Promise<FileInfo> {
    this.connect();
    const { upload } = await import("./upload.js");
    const host = { gateway: this.#options.gateway, authorized: this.#api.authorized.bind(this.#api), call, pause, backOff };
    const sent = await upload(host, file, options);
    this.#fileNames.set(sent.id, sent.name);
    return sent;
  }

  /**
   * Decides on a message that failed or is `unconfirmed`: `resend` may double an unconfirmed one, `discard` lets it be.
   * What was refused because its question or conversation is over is sent again as plain text.
   */
  async resolve(clientId: string, action: "resend" | "discard"): Promise<void> {
    if (this.#sender.resolve(clientId, action)) return;
    const path = `${this.#api.path(this.#conversation)}/messages/${clientId}/resolve`;
    await this.#api.call(path, { method: "POST", json: { action } });
  }

  /** Reads the messages before the first one that is shown. */
  loadOlder(): Promise<void> {
    const first = this.#view.messages[0];
    if (!this.#view.has_older || !first) return Promise.resolve();
    this.#older ??= this.#loadOlder(first.seq).finally(() => (this.#older = null));
    return this.#older;
  }

  /** Begins another conversation where none is open: with these words, the site's greeting, or the visitor's next words. */
  async restart(text?: string): Promise<void> {
    this.connect();
    const { capabilities } = await this.#sessions.get();
    if (this.#view.stale) await this.#catchUp();
    if (this.#open()) throw new ChatError("conversation_open", "the conversation has not ended; go on in it");
    if (text !== undefined) this.#sender.say({ text }, text, null);
    else if (capabilities.greeting) this.#sender.say(null, "", null);
    else this.#enter(null, false);
  }

  /** Has the gateway drop everything that it keeps of the visitor, and forgets it here. */
  async erase(): Promise<void> {
    this.connect();
    await this.#api.call("/v1/visitor", { method: "DELETE" });
    this.#tabs?.tell({ kind: "erased" });
    this.#forget();
  }

  /** Ends all that runs. What is kept in the storage stays. */
  destroy(): void {
    this.#destroyed = true;
    this.#listeners.clear();
    this.#stop();
  }

  // What runs: a session, then one reader a browser.

  async #begin(stop: AbortSignal): Promise<void> {
    for (let failures = 1; !stop.aborted; failures++) {
      try {
        this.#adopt(await this.#sessions.get());
        break;
      } catch (error) {
        if (stop.aborted) return;
        if (!(error instanceof ChatError) || !error.retryable) return this.#failed(error);
        if (failures > 1) this.#connected("offline");
        await this.#pause(backOff(failures, error.retryAfterMs));
      }
    }
    if (stop.aborted) return;
    this.#join();
    void this.#sender.pump();
  }

  #join(): void {
    if (this.#tabs || !this.#session || !this.#run) return;
    const lead = async (stop: AbortSignal) => {
      this.#connected("connecting");
      await this.#reader.run(stop);
    };
    this.#tabs = new Tabs(`${this.#key}${this.#session.visitor.id}`, lead, (told) => this.#hear(told));
    if (this.#tabs.leads) return;
    // The reading tab may know of no conversation yet.
    if (this.#conversation) this.#tabs.tell({ kind: "conversation", conversation: this.#conversation });
    void this.#follow();
  }

  /** Goes to the conversation that another tab began meanwhile. */
  #recall(): void {
    const conversation = this.#store.get<string>("conversation");
    if (conversation !== this.#conversation) this.#enter(conversation, true);
  }

  /** The page was away: other tabs may have gone on. */
  #restored(): void {
    this.#recall();
    if (this.#conversation) this.#dispatch({ type: "reset", reason: "ahead" });
    this.#join();
  }

  #leave(): void {
    this.#tabs?.leave();
    this.#tabs = null;
  }

  #stop(): void {
    this.#run?.abort();
    this.#run = null;
    this.#sessions.stop();
    this.#leave();
    this.#wakeUp();
    this.#connected("idle");
  }

  /** Ends the waits before another try. */
  #wakeUp(): void {
    this.#wake.abort();
    this.#wake = new AbortController();
  }

  #pause(ms: number): Promise<void> {
    return pause(ms, this.#wake.signal);
  }

  async #prepare(signal: AbortSignal): Promise<void> {
    if (!this.#conversation) {
      this.#connected("idle");
      return new Promise((_, fail) => {
        if (signal.aborted) fail();
        signal.addEventListener("abort", fail);
      });
    }
    if (this.#connection === "idle") this.#connected("connecting");
    if (this.#view.stale) await this.#catchUp();
  }

  /** Takes a snapshot of the conversation. */
  #catchUp(): Promise<void> {
    this.#catching ??= this.#takeSnapshot().finally(() => (this.#catching = null));
    return this.#catching;
  }

  async #takeSnapshot(): Promise<void> {
    const conversation = this.#conversation;
    if (!conversation) return;
    try {
      const snapshot = await this.#api.call<Snapshot>(`${this.#api.path(conversation)}?limit=${PAGE}`);
      if (conversation !== this.#conversation) return;
      this.#dispatch({ type: "snapshot", ...snapshot });
      this.#tellState();
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== "not_found") throw error;
      // It was kept for its time, or erased elsewhere.
      if (conversation === this.#conversation) this.#enter(null, false);
    }
  }

  /** Brings a tab that is not the leader up to date. */
  async #follow(): Promise<void> {
    const run = this.#run;
    if (this.#following) return;
    this.#following = true;
    for (let failures = 1; this.#view.stale && run && !run.signal.aborted; failures++) {
      try {
        await this.#catchUp();
      } catch (error) {
        await this.#pause(backOff(failures, error instanceof ChatError ? error.retryAfterMs : null));
      }
    }
    this.#following = false;
  }

  /** What the leader sends the other tabs; those that are behind catch up. */
  #tellState(): void {
    if (!this.#tabs?.leads) return;
    const { epoch, seq } = this.#view;
    this.#tabs.tell({ kind: "state", connection: this.#connection, conversation: this.#conversation, epoch, seq });
  }

  #read(frame: Frame): void {
    if (this.#reading !== this.#conversation) return;
    this.#dispatch(frame);
    if ("seq" in frame && this.#reading && this.#view.epoch) {
      this.#tabs?.tell({ kind: "frame", conversation: this.#reading, epoch: this.#view.epoch, frame });
    }
    // It is read again, after a snapshot.
    if (this.#view.stale) throw new ChatError("stale", "something is missing", { retryable: true });
  }

  #hear(told: Told): void {
    switch (told.kind) {
      case "frame":
        if (told.conversation !== this.#conversation) return;
        this.#dispatch({ type: "hello", epoch: told.epoch, head: 0, heartbeat_ms: 0 });
        this.#dispatch(told.frame as Frame);
        break;
      case "state":
        if (this.#tabs?.leads) return;
        this.#connected(told.connection as Connection);
        if (!told.conversation || !told.epoch) return;
        if (told.conversation !== this.#conversation) this.#enter(told.conversation, true);
        else if (told.epoch !== this.#view.epoch || told.seq > this.#view.seq) this.#dispatch({ type: "reset", reason: "ahead" });
        break;
      case "conversation":
        this.#enter(told.conversation, true);
        break;
      case "erased":
        return this.#forget();
      case "who":
        return this.#tellState();
    }
    if (!this.#tabs?.leads) void this.#follow();
  }

  // The session and the conversation.

  #adopt(session: Kept): void {
    const before = this.#session ?? this.#sessions.previous;
    if (!this.#run) return;
    if (this.#session && isSame(session, before)) return;
    this.#session = session;
    const { visitor, conversation } = session;
    if (before && before.visitor.id !== visitor.id) {
      if (before.subject !== null && before.subject !== session.subject) {
        // Somebody else logged in: nothing is said in their name.
        this.#sender.kept.clear();
        this.#view = emptyView;
      }
      this.#enter(conversation?.id ?? null, true);
      if (this.#tabs) {
        this.#leave();
        this.#join();
      }
    } else if (conversation && !isSame(session, before) && !this.#open()) {
      // What the gateway says now; what it said to an earlier page is older than what that page did.
      this.#enter(conversation.id, true);
    }
    this.#changed();
  }

  /** The conversation that is not over. */
  #open(): string | null {
    return this.#view.status === "ended" ? null : this.#conversation;
  }

  /** Goes to another conversation; `stale` when it is not a new one. */
  #enter(conversation: string | null, stale: boolean): void {
    if (conversation === this.#conversation && conversation) return;
    this.#conversation = conversation;
    const outbox = this.#view.outbox.filter(({ state }) => state !== "taken");
    this.#view = { ...emptyView, stale: stale && conversation !== null, outbox };
    if (conversation) this.#store.set("conversation", conversation);
    else this.#store.remove("conversation");
    this.#changed();
    if (this.#tabs?.leads) this.#reader.renew();
    else void this.#follow();
  }

  /** A conversation that the other tabs do not know yet. */
  #found(conversation: string, stale: boolean): void {
    this.#enter(conversation, stale);
    this.#tabs?.tell({ kind: "conversation", conversation });
  }

  #forget(): void {
    this.#stop();
    this.#sessions.forget();
    this.#store.remove("conversation");
    this.#sender.kept.clear();
    this.#session = null;
    this.#conversation = null;
    this.#view = emptyView;
    this.#changed();
  }

  async #loadOlder(before: number): Promise<void> {
    const conversation = this.#conversation;
    const { messages } = await this.#api.call<Snapshot>(`${this.#api.path(conversation)}?before=${before}&limit=${PAGE}`);
    if (conversation === this.#conversation) this.#dispatch({ type: "older", messages });
  }

  // The snapshot.

  #dispatch(frame: Frame | LocalFrame): void {
    const view = reduce(this.#view, frame);
    if (view === this.#view) return;
    for (const { client_id, state } of this.#view.outbox) {
      // Its entry came: the gateway has it.
      if (state !== "taken" && !view.outbox.some((message) => message.client_id === client_id)) this.#sender.kept.remove(client_id);
    }
    this.#view = view;
    this.#changed();
  }

  #connected(connection: Connection): void {
    if (connection === this.#connection) return;
    this.#connection = connection;
    this.#tellState();
    if (connection === "live" || connection === "polling") this.#error = null;
    this.#changed();
  }

  #failed(error: unknown): void {
    const known = error instanceof ChatError ? error : new ChatError("internal", String(error));
    if (known.code === "invalid_cursor") return this.#dispatch({ type: "reset", reason: "epoch" });
    if (known.code === "not_found") return this.#enter(null, false);
    if (!this.#session) this.#stop();
    this.#error = known;
    this.#connection = "offline";
    this.#changed();
  }

  #take(): ChatSnapshot {
    const { status, messages, outbox, has_older } = this.#view;
    return {
      connection: this.#connection,
      status,
      conversation: this.#conversation,
      messages,
      // A start with the site's greeting has no words of its own.
      outbox: outbox.filter(({ text }) => text),
      prompt: openPrompt(this.#view),
      hasOlder: has_older,
      capabilities: this.#session?.capabilities ?? null,
      error: this.#error,
    };
  }

  #changed(): void {
    this.#snapshot = this.#take();
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // It is the page's: told as any uncaught one, and nothing here stops for it.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
