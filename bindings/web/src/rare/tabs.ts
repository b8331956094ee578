// A tab that does not read: it follows the one that does, and takes over when that one is gone.

import type { Core } from "../core.js";
import type { Connection } from "../options.js";
import type { Seat } from "../tabs.js";
import type { Frame } from "../wire.js";
import { catchUp } from "./calls.js";

/** How long the leader may take to say that it is there. */
const ANSWER_MS = 3_000;

/** Stands in line for the lead, and follows the leader until then. */
export function standInLine(core: Core, seat: Seat): void {
  const { connected_, dispatch_, enter_, insist_, stand_ } = core.tools_;
  const { signal } = seat.left_;
  let isAnswered = true;
  let isFollowing = false;
  /** Brings this tab up to date. */
  const follow = async () => {
    if (seat.leads_ || isFollowing) return;
    isFollowing = true;
    while (core.view_.stale && !signal.aborted) await insist_(core, signal, () => catchUp(core));
    isFollowing = false;
  };
  seat.follow_ = () => void follow();
  seat.receive_ = (message) => {
    if (message.kind === "frame") {
      if (message.conversation !== core.conversation_) return;
      dispatch_(core, { type: "hello", epoch: message.epoch, head: 0, heartbeat_ms: 0 });
      dispatch_(core, message.frame as Frame);
    } else if (message.kind === "state") {
      isAnswered = true;
      const { connection, conversation, epoch, seq } = message;
      if (seat.leads_) return;
      connected_(core, connection as Connection);
      if (!conversation || !epoch) return;
      if (conversation !== core.conversation_) enter_(core, conversation, true);
      else if (epoch !== core.view_.epoch || seq > core.view_.seq) dispatch_(core, { type: "reset", reason: "ahead" });
    }
    void follow();
  };
  /** Takes the lead over when the leader does not answer: browsers freeze pages in the background. */
  const check = (seat.check_ = () => {
    if (seat.leads_ || signal.aborted) return;
    isAnswered = false;
    seat.post_?.({ kind: "who" });
    setTimeout(() => {
      if (!isAnswered && !seat.leads_ && !signal.aborted) void stand_(core, seat, { steal: true });
    }, ANSWER_MS);
  });
  // The reading tab may know of no conversation yet.
  if (core.conversation_) seat.post_?.({ kind: "conversation", conversation: core.conversation_ });
  void follow();
  void stand_(core, seat, { signal });
  check();
}
