import { micros, Problem, type Instant, type Micros } from "#kernel";
import type { AccountsContext } from "../accounts-service.ts";
import { indirectCost, type KeptIndirect } from "./award.ts";
import { indirectOf } from "./store.ts";

type Classed = { readonly account: string; readonly class: string; readonly at: Instant; readonly key: string };

/** The rate for a class of an account's charges. Throws `budget.indirect-unknown` where nobody decided about it: a missing rate is never 0. */
export async function indirectRate(context: Pick<AccountsContext, "db">, ask: Classed): Promise<KeptIndirect> {
  const kept = await indirectOf(context.db, ask);
  if (kept !== null) return kept;
  throw new Problem("budget.indirect-unknown", {
    detail: `the award of ${ask.account} has no indirect rate for ${ask.class}`,
    facts: { account: ask.account, class: ask.class },
  });
}

/** A reservation of a direct cost with its indirect cost in it, rounded up, and the rate that it is settled by. */
export async function withIndirect(
  context: Pick<AccountsContext, "db">,
  ask: Classed & { readonly amount: Micros },
): Promise<{ readonly amount: Micros; readonly indirect: KeptIndirect }> {
  const indirect = await indirectRate(context, ask);
  return { amount: micros(ask.amount + indirectCost(ask.amount, indirect.rate, "up")), indirect };
}
