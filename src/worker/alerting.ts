import { setTimeout as pause } from "node:timers/promises";
import type { AlertWork } from "#alert";
import type { Database } from "#db";
import type { JobLog } from "#job";

export type AlertingPorts = { readonly db: Database; readonly alerts: AlertWork; readonly log: JobLog };

/** A balance that crosses a threshold is told of well within a minute, and a message whose receiver was away is not much later than its time. */
const EVERY_MS = 10_000;

/**
 * Looks at balances again and again and sends what rang, at once when something is put in the outbox. Every worker does it: a rule rings once whoever looks, and a destination
 * is sent to by one at a time.
 */
export function startAlerting({ db, alerts, log }: AlertingPorts): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let wake = new AbortController();

  async function keepOn(): Promise<void> {
    const unlisten = await db.listen("alert_message", () => wake.abort()).catch(() => null);
    while (!stopping.signal.aborted) {
      wake = new AbortController();
      try {
        const changed = await alerts.turn();
        if (changed > 0) log.info({ count: changed }, "alerts rang or were cleared");
        const sent = await alerts.deliver(stopping.signal);
        if (sent > 0) log.info({ count: sent }, "messages of alerts arrived");
      } catch (error) {
        log.warn({ err: error }, "alerts were interrupted and are looked at again");
      }
      await pause(EVERY_MS, undefined, { signal: AbortSignal.any([stopping.signal, wake.signal]) }).catch(() => undefined);
    }
    await unlisten?.();
  }

  const over = keepOn();
  return {
    stop: async () => {
      stopping.abort();
      await over;
    },
  };
}
