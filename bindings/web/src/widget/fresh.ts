// Which messages are new: those that came while the page is there, and nothing of the history that it begins with.

import type { ChatSnapshot } from "../options.js";
import type { Message } from "../wire.js";

export class Fresh {
  #conversation: string | null = null;
  /** The newest that was there; less than 0 until the history is. */
  #seq = -1;

  /** The messages that are new since the last time. */
  take({ conversation, messages }: ChatSnapshot): Message[] {
    const newest = messages.at(-1)?.seq ?? 0;
    const wasThere = conversation !== null && this.#seq < 0;
    // One that begins while the page is there is new from its first message on.
    if (!wasThere && conversation !== this.#conversation) this.#seq = 0;
    this.#conversation = conversation;
    const before = this.#seq;
    if (!wasThere || newest) this.#seq = Math.max(before, newest);
    return wasThere ? [] : messages.filter(({ seq }) => seq > before);
  }
}
