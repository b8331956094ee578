// Waits, and how long they are.

/** Ends after so long, or at once when the signal aborts; never fails. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

const SHORTEST_MS = 500;
const LONGEST_MS = 30_000;

/** The wait before the next try after so many failures: none at first, then longer ones with full jitter. */
export function backOff(failures: number, asked: number | null = null): number {
  if (asked !== null) return asked;
  if (failures <= 1) return 0;
  const most = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** (failures - 1));
  return SHORTEST_MS + Math.random() * (most - SHORTEST_MS);
}
