// Waits, and how long they are.

export interface Limit {
  readonly signal: AbortSignal;
  abort(): void;
}

/** Aborts with `signal`, after `ms` milliseconds where that is given, or when `abort` is called. */
export function limit(signal?: AbortSignal | null, ms?: number): Limit {
  const controller = new AbortController();
  const abort = () => {
    clearTimeout(timer as number);
    controller.abort();
  };
  const timer = ms! >= 0 && setTimeout(abort, ms);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { signal: controller.signal });
  return { signal: controller.signal, abort };
}

/** Ends after `ms` milliseconds where that is given, and at once when the signal aborts; never fails. */
export function pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = limit(signal, ms).signal;
    if (end.aborted) done();
    else end.onabort = () => done();
  });
}

/** The wait before the next try after so many failures: none at first, then longer ones with full jitter; or what the gateway asks for. */
export function backOff(failures: number, error?: unknown): number {
  const SHORTEST_MS = 500;
  const LONGEST_MS = 30_000;
  const most = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** (failures - 1));
  return (error as { retryAfterMs?: number | null })?.retryAfterMs ?? (failures > 1 ? SHORTEST_MS + Math.random() * (most - SHORTEST_MS) : 0);
}
