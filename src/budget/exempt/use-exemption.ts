import type { Database } from "#db";
import type { Instant, Micros } from "#kernel";
import type { ExplainedLevel } from "../account-store.ts";
import type { HoldRefusal } from "../ledger-types.ts";
import { exemptionFor, liftRefusal, type ExemptUse } from "./exempt.ts";
import { exemptionsOf } from "./store.ts";

/** What exemptions make of a refusal that was looked at without asking the ledger. An account that is paid from funds has none. */
export async function afterExemptions(
  db: Database,
  refused: Parameters<typeof liftRefusal>[0],
  ask: { readonly levels: readonly ExplainedLevel[]; readonly person: string; readonly amount: Micros; readonly until: Instant | null },
  now: Instant,
): Promise<Omit<HoldRefusal, "kind" | "asked"> | { readonly exempt: ExemptUse }> {
  const path = ask.levels.filter(({ kind }) => !kind.endsWith("-limit")).map(({ name }) => name);
  const exemption = exemptionFor(await exemptionsOf(db, ask.person, path, now), ask.person, path, now);
  const lifted = exemption === undefined ? "stays" : liftRefusal(refused, { ...ask, subject: "" }, now);
  if (exemption !== undefined && lifted === "lifted") return { exempt: { ...exemption, until: exemption.endsAt, asked: ask.amount } };
  const { code, level, available, date } = typeof lifted === "string" ? refused : lifted;
  return { code, account: level, available, date };
}
