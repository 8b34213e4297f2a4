import type { Database } from "#db";
import { addMs, milliseconds, newId, type Clock, type Randomness } from "#kernel";
import { REFUSED_AFTER_MS, waitAfter } from "./backoff.ts";
import type { Message } from "./message.ts";
import * as store from "./store.ts";
import type { Channels } from "./use-channels.ts";

/*
 * Sends what is in the outbox. A destination is claimed for a time, and only who has it sends to it: the message that is next, until it has arrived, then the one after it. What
 * was sent and not yet noted when a process is killed is sent again, under the same id, by whoever claims the destination when its time is over. A destination that does not work
 * is left alone for longer each time, up to a quarter of an hour, and for ever tried again; the others go on.
 */

export type OutboxPorts = { readonly db: Database; readonly clock: Clock; readonly randomness: Randomness; readonly channels: Channels };

/** Four times as long as the longest sending, and renewed with each message. */
const LEASE_MS = 60_000;
/** Read together; each is sent by itself. */
const MESSAGES_AT_ONCE = 20;
/** Destinations that are sent to at one time: one that hangs keeps no other waiting. */
const LANES = 4;

/** Sends everything that is due to whoever can be reached; gives how many messages arrived. */
export async function deliver(ports: OutboxPorts, signal: AbortSignal): Promise<number> {
  const lanes = await Promise.all(Array.from({ length: LANES }, () => oneLane(ports, signal)));
  return lanes.reduce((sum, sent) => sum + sent, 0);
}

async function oneLane(ports: OutboxPorts, signal: AbortSignal): Promise<number> {
  let sent = 0;
  while (!signal.aborted) {
    const lease = newId(ports.clock, ports.randomness);
    const now = ports.clock.now();
    const claimed = await store.claimDestination(ports.db, lease, addMs(now, milliseconds(LEASE_MS)), now);
    if (claimed === null) return sent;
    sent += await toDestination(ports, claimed, lease, signal);
  }
  return sent;
}

async function toDestination({ db, clock, channels }: OutboxPorts, claimed: store.Claimed, lease: string, signal: AbortSignal): Promise<number> {
  const destination = claimed.name;
  let [sent, failures, after] = [0, claimed.failures, claimed.done_place];
  for (;;) {
    const messages = await store.nextMessages(db, destination, after, MESSAGES_AT_ONCE);
    for (const waiting of messages) {
      if (signal.aborted) break;
      const outcome = await channels.send(asMessage(destination, waiting));
      const at = clock.now();
      const refused = outcome.kind === "failed" && outcome.forGood && at - waiting.created_at >= REFUSED_AFTER_MS;
      if (outcome.kind === "failed" && !refused) {
        await store.messageFailed(db, { destination, lease, place: waiting.place, fault: outcome.fault, again: addMs(at, waitAfter(failures + 1)) });
        return sent;
      }
      const until = addMs(at, milliseconds(LEASE_MS));
      const fault = outcome.kind === "failed" ? outcome.fault : null;
      // Another has it by now: what was sent here is sent again there, and dropped by its id.
      if (!(await store.messageDone(db, { destination, lease, place: waiting.place, at, fault, until }))) return sent;
      [failures, after] = [0, waiting.place];
      if (fault === null) sent += 1;
    }
    if (signal.aborted || messages.length < MESSAGES_AT_ONCE) break;
  }
  await store.giveBack(db, destination, lease);
  return sent;
}

function asMessage(destination: string, { id, place, event, facts, alert, created_at: at }: store.Waiting): Message {
  const common = { id, destination, place, at };
  return event === "test" ? { ...common, event, alert: null, facts } : { ...common, event, alert: String(alert), facts };
}
