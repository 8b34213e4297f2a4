import { setTimeout as pause } from "node:timers/promises";
import type { AlertWork } from "#alert";
import type { Database } from "#db";
import type { JobLog } from "#job";

export type AlertingPorts = { readonly db: Database; readonly alerts: Pick<AlertWork, "turn" | "deliver">; readonly log: JobLog };

/** A balance that crosses a threshold is told of well within a minute, and a message whose receiver was away is not much later than its time. */
const EVERY_MS = 10_000;

/**
 * Looks at balances again and again, and beside that sends what rang, at once when something is put in the outbox: receivers that are slow keep nobody from looking. Every worker does
 * it: a rule rings once whoever looks, and a destination is sent to by one at a time.
 */
export function startAlerting({ db, alerts, log }: AlertingPorts): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let bell = new AbortController();

  async function again(work: () => Promise<number>, words: string, woken: () => AbortSignal): Promise<void> {
    while (!stopping.signal.aborted) {
      const signal = AbortSignal.any([stopping.signal, woken()]);
      try {
        const count = await work();
        if (count > 0) log.info({ count }, words);
      } catch (error) {
        log.warn({ err: error }, "alerts were interrupted and are looked at again");
      }
      await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Rung from before the work begins, so that what is put in the outbox meanwhile is not left for the next round. */
  function newBell(): AbortSignal {
    bell = new AbortController();
    return bell.signal;
  }

  async function keepOn(): Promise<void> {
    const unlisten = await db.listen("alert_message", () => bell.abort()).catch(() => null);
    await Promise.all([
      again(alerts.turn, "alerts rang or were cleared", () => new AbortController().signal),
      again(() => alerts.deliver(stopping.signal), "messages of alerts arrived", newBell),
    ]);
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
