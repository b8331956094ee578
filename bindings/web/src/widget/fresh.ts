// Which messages are new: those that came while the page is there, and none of the history that it begins with.

import type { ChatSnapshot } from "../options.js";
import type { Message } from "../wire.js";

/** Gives the messages that are new since the last time. */
export type Fresh = (snapshot: ChatSnapshot) => Message[];

export function watchNew(): Fresh {
  let of: string | null = null;
  /** The newest that was there; less than 0 until the history is. */
  let newest = -1;
  return ({ conversation, messages }) => {
    const last = messages.at(-1)?.seq ?? 0;
    const wasThere = conversation !== null && newest < 0;
    // One that begins while the page is there is new from its first message on.
    if (!wasThere && conversation !== of) newest = 0;
    of = conversation;
    const before = newest;
    if (!wasThere || last) newest = Math.max(before, last);
    return wasThere ? [] : messages.filter(({ seq }) => seq > before);
  };
}
