import type { Ledger } from "#budget";
import type { Database } from "#db";

/** Balances change a thousand times a second at most; who looks at them looks a few times a second. */
const TELL_EVERY_MS = 250;

/**
 * A ledger that lets the dashboards know that balances changed, after the commit and aside of it: which account is not said, because
 * every level above it changed with it. A notification that is lost costs a page a moment of staleness and nothing else.
 */
export function tellingLedger(ledger: Ledger, db: Database): Ledger {
  let timer: NodeJS.Timeout | undefined;
  function tell(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      db.query("select pg_notify('budget_changed', '')").catch(() => undefined);
    }, TELL_EVERY_MS);
    timer.unref();
  }
  async function told<T>(work: Promise<T>): Promise<T> {
    const answer = await work;
    tell();
    return answer;
  }
  return {
    holdMany: (asks) => told(ledger.holdMany(asks)),
    settleMany: (asks) => told(ledger.settleMany(asks)),
    releaseMany: (asks) => told(ledger.releaseMany(asks)),
    chargeMany: (asks) => told(ledger.chargeMany(asks)),
    adjustMany: (asks) => told(ledger.adjustMany(asks)),
    renewMany: (asks) => told(ledger.renewMany(asks)),
    expireHolds: () => told(ledger.expireHolds()),
    close: async () => {
      clearTimeout(timer);
      await ledger.close();
    },
  };
}
