import { ledgerVerifications } from "#budget";
import { openDatabase, verify, type DatabaseOptions } from "#db";
import { cuttingProxy, type CuttingProxy } from "../beds/cutting-proxy.ts";
import { freshDatabase, type FreshDatabase } from "../beds/postgres.ts";
import { outcomeOf, sideOf, type Outcome, type Request, type Side } from "./side.ts";

/** Tells whether a fault is one that a caller can act on: a Problem of the catalogue that says to ask again, and never an error of the driver. */
export const TO_BE_ASKED_AGAIN: readonly string[] = [
  "budget.outcome-unknown",
  "db.outcome-unknown",
  "db.unreachable",
  "db.contention",
  "db.busy",
  "db.unsuitable",
  "db.statement-timeout",
  "state.disk-full",
];

/** A ledger whose only way to its database leads through a proxy that cuts, and the same database seen directly. */
export type FaultBench = {
  readonly proxy: CuttingProxy;
  readonly through: Side;
  readonly direct: Side;
  ask(side: Side, request: Request): Promise<Outcome>;
  /** How many transactions the journal has under the request's key, those that the ledger names after it included. */
  transactions(request: Request): Promise<number>;
  /** What all balances and accounts add up to. */
  totals(): Promise<Totals>;
  /** What `headgate db verify` finds of the ledger. */
  faults(): Promise<readonly string[]>;
  drop(): Promise<void>;
};

export type Totals = Readonly<Record<"nodes" | "transactions" | "allocated" | "overrun" | "spent" | "held" | "leased", number>>;

export type Place = { readonly url: string | (() => string); readonly db: FreshDatabase["db"]; drop(): Promise<void> };

/** Short: a test's database is back when it is told to be, and a caller that would wait for it only costs time. */
const PATIENCE = { totalMs: 30, firstMs: 1, longestMs: 5 };

export async function faultBench(options: Omit<DatabaseOptions, "url"> = {}): Promise<FaultBench> {
  return faultBenchOn(await freshDatabase(), options);
}

/** The same on a database that somebody else brings. */
export async function faultBenchOn(place: Place, options: Omit<DatabaseOptions, "url"> = {}): Promise<FaultBench> {
  const proxy = await cuttingProxy(place.url);
  const way = await openDatabase({ url: proxy.url, connectionsMax: 1, patience: PATIENCE, ...options });
  const [through, direct] = [sideOf(way), sideOf(place.db)];
  for (const [name, parent, allocated] of [
    ["uni", null, "1000000"],
    ["geo", "uni", "10000"],
    ["bio", "uni", "10000"],
  ]) {
    const body = { name, kind: parent === null ? "institution" : "project", parent, allocated, starts_at: null, ends_at: null };
    await direct.perform({ route: "createAccount", key: `open:${name}`, body });
  }
  return {
    proxy,
    through,
    direct,
    ask: (side, request) => outcomeOf(side.perform(request)),
    transactions: async ({ route, key, beside, alertsOf }) => {
      const kept = route === "expire" ? key : `http:${key}`;
      const rows = await place.db.query(
        "select 1 from headgate.journal_transaction where key = $1 or (key ~ '^(ledger|fund|late|indirect|refunded):' and right(key, length($2)) = $2) or key like $3 or (kind = 'alert' and subject like 'alert:%' and account_id = (select id from headgate.account where name = $4))",
        [kept, `:${kept}`, beside ?? "", alertsOf ?? ""],
      );
      return rows.length;
    },
    totals: async () => {
      const [row] = await place.db.query<Record<keyof Totals, string>>(`
        select count(*)::text as nodes, (select count(*) from headgate.journal_transaction)::text as transactions, sum(allocated)::text as allocated,
          sum(overrun)::text as overrun, sum(spent)::text as spent, sum(held)::text as held, sum(leased)::text as leased
        from headgate.balance`);
      return Object.fromEntries(Object.entries(row ?? {}).map(([name, text]) => [name, Number(text)])) as Totals;
    },
    faults: async () => (await verify(place.db, ledgerVerifications())).flatMap((result) => result.faults),
    drop: async () => {
      await through.ledger.close();
      await way.close();
      await proxy.close();
      await direct.ledger.close();
      await place.drop();
    },
  };
}

/** By how much a movement changed what all balances add up to. */
export function difference(before: Totals, after: Totals): Totals {
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name as keyof Totals]])) as Totals;
}

/** An answer without what is allowed to differ when the same is asked again; what counts what was done now says something else then. */
export function answerOf(route: Request["route"], answer: unknown): string {
  return UPKEEP.has(route) ? "" : JSON.stringify({ ...(answer as object), replayed: undefined });
}

const UPKEEP: ReadonlySet<Request["route"]> = new Set(["expire", "accrueStanding", "turnAwards"]);
