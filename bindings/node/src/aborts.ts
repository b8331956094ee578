// One listener for each AbortSignal, however many calls and waits it ends: Node warns of a leak at eleven.

import { Flaw } from "./encode";

const ends = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `end` when the signal aborts, until what is returned is called. Neither throws after this has returned. */
export function onAbort(signal: AbortSignal, end: () => void): () => void {
  const all = ends.get(signal) ?? listened(signal);
  all.add(end);
  return () => {
    all.delete(end);
    if (all.size === 0 && ends.get(signal) === all) {
      ends.delete(signal);
      stopListening(signal, all);
    }
  };
}

/** @throws Flaw when it is no signal. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal === null) {
    return undefined;
  }
  const { aborted, addEventListener, removeEventListener } = signal as Partial<AbortSignal>;
  const listens = typeof addEventListener === "function" && typeof removeEventListener === "function";
  if (typeof aborted !== "boolean" || !listens) {
    throw new Flaw("signal", "expected an AbortSignal, such as that of an AbortController");
  }
  return signal as AbortSignal;
}

const listeners = new WeakMap<Set<() => void>, () => void>();

function listened(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  const listener = () => {
    ends.delete(signal);
    for (const end of [...all]) {
      end();
    }
  };
  try {
    signal.addEventListener("abort", listener, { once: true });
  } catch (error) {
    throw new Flaw("signal", "it cannot be listened to", error);
  }
  listeners.set(all, listener);
  ends.set(signal, all);
  return all;
}

function stopListening(signal: AbortSignal, all: Set<() => void>): void {
  try {
    signal.removeEventListener("abort", listeners.get(all) as () => void);
  } catch {
    // A signal of the program's own that keeps its listener calls one that does nothing.
  }
}
