// One tab of a browser reads the stream for all of them: the one that holds the lock. Where there are no locks, each reads.

/** What tabs send one another. */
export type Told =
  | { kind: "frame"; conversation: string; epoch: string; frame: unknown }
  /** How the leader stands, and how far it has read. */
  | { kind: "state"; connection: string; conversation: string | null; epoch: string | null; seq: number }
  /** A tab began or found a conversation. */
  | { kind: "conversation"; conversation: string }
  | { kind: "erased" }
  | { kind: "who" };

/** How long the leader may take to say that it is there. */
const ANSWER_MS = 3_000;

export class Tabs {
  readonly #name: string;
  readonly #channel: BroadcastChannel | null;
  readonly #lead: (stop: AbortSignal) => Promise<void>;
  readonly #left = new AbortController();
  #leads = false;
  #answered = true;

  /** `lead` runs while this tab is the leader; `hear` gets what other tabs send. */
  constructor(name: string, lead: (stop: AbortSignal) => Promise<void>, hear: (told: Told) => void) {
    this.#name = name;
    this.#lead = lead;
    const shared = globalThis.navigator?.locks && typeof BroadcastChannel === "function";
    this.#channel = shared ? new BroadcastChannel(name) : null;
    if (!this.#channel) {
      this.#leads = true;
      void lead(this.#left.signal);
      return;
    }
    this.#channel.onmessage = ({ data }: MessageEvent<Told>) => {
      if (data.kind === "state") this.#answered = true;
      if (data.kind !== "who" || this.#leads) hear(data);
    };
    void this.#stand(false);
    this.check();
  }

  get leads(): boolean {
    return this.#leads;
  }

  tell(told: Told): void {
    this.#channel?.postMessage(told);
  }

  /** Takes the lead over when the leader does not answer: browsers freeze pages in the background. */
  check(): void {
    if (this.#leads || this.#left.signal.aborted) return;
    this.#answered = false;
    this.tell({ kind: "who" });
    setTimeout(() => {
      if (!this.#answered && !this.#leads) void this.#stand(true);
    }, ANSWER_MS);
  }

  leave(): void {
    this.#left.abort();
    this.#channel?.close();
  }

  async #stand(steal: boolean): Promise<void> {
    const stop = new AbortController();
    const end = () => stop.abort();
    try {
      const options: LockOptions = steal ? { steal } : { signal: this.#left.signal };
      await navigator.locks.request(this.#name, options, () => {
        if (this.#left.signal.aborted) return;
        this.#left.signal.addEventListener("abort", end);
        this.#leads = true;
        return this.#lead(stop.signal);
      });
    } catch {
      // It left before its turn, or another tab took the lead over: then it stands in line again.
      end();
      this.#leads = false;
      if (!this.#left.signal.aborted) void this.#stand(false);
    }
  }
}
