// What most pages never need is one part that is loaded when something of it is needed first. It is handed what it uses of
// the rest, and imports types alone, so that bundlers leave the rest in one piece.

import { type ChatError, notReached } from "./http.js";

type Rare = typeof import("./rare/index.js");

/** Loads it. Without a network that fails as a call does, and is tried again as a call is. */
export function rare(): Promise<Rare> {
  return import("./rare/index.js").catch((cause: unknown) => {
    throw notReached(cause);
  });
}

/** Has it deal with an error of the gateway that no other try mends; fails with any other, and when it does not load. */
export async function mend<T>(error: unknown, how: (rare: Rare) => T): Promise<T> {
  if ((error as ChatError).retryable !== false) throw error;
  return how(await rare());
}
