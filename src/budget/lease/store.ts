import { loadStatement, type Database } from "#db";
import { instantToIso, invariant, micros, type Instant, type Micros, type MoneyUnit } from "#kernel";
import { iso, type Author } from "../account-store.ts";
import { problemCode } from "../ledger-store.ts";
import type { Lease, LeaseAnswer, LeasedWork } from "./lease.ts";

/*
 * The functions of the ledger that move leases (src/db/migrations, ledger-lease).
 */

type AnswerRow = {
  readonly code: string | null;
  readonly account: string | null;
  readonly available: bigint | null;
  readonly id: string;
  readonly amount: bigint;
  readonly remaining: bigint;
  readonly recall: bigint;
  readonly expires_at: Instant;
  readonly number: bigint;
  readonly charged: bigint;
  readonly overrun: bigint;
  readonly replayed: boolean;
};

async function moved(db: Database, call: string, values: readonly unknown[]): Promise<LeaseAnswer> {
  const [row] = await db.query<AnswerRow>(`select * from headgate.${call}`, values);
  invariant(row !== undefined, "a function gives one row");
  if (row.code !== null) return { kind: "refused", code: problemCode(row.code), account: row.account ?? "", available: micros(row.available ?? 0n) };
  return {
    kind: "moved",
    id: row.id,
    amount: micros(row.amount),
    remaining: micros(row.remaining),
    recall: micros(row.recall),
    expiresAt: row.expires_at,
    number: row.number,
    charged: micros(row.charged),
    overrun: micros(row.overrun),
    replayed: row.replayed,
  };
}

export function openLease(
  db: Database,
  ask: { readonly key: string; readonly id: string; readonly account: string; readonly amount: Micros; readonly expiresAt: Instant; readonly reason: string },
  by: Author,
): Promise<LeaseAnswer> {
  return moved(db, "lease_open($1, $2, $3, $4, $5, $6, $7, $8, $9)", [
    ask.key,
    ask.id,
    ask.account,
    ask.amount,
    iso(ask.expiresAt),
    by.person,
    by.source,
    ask.reason,
    iso(by.now),
  ]);
}

export function renewLease(
  db: Database,
  ask: { readonly key: string; readonly id: string; readonly returns: Micros; readonly expiresAt: Instant; readonly reason: string },
  by: Author,
): Promise<LeaseAnswer> {
  const values = [ask.key, ask.id, ask.returns, iso(ask.expiresAt), by.person, by.source, ask.reason, iso(by.now)];
  return moved(db, "lease_renew($1, $2, $3, $4, $5, $6, $7, $8)", values);
}

export function returnLease(db: Database, ask: { readonly key: string; readonly id: string; readonly reason: string }, by: Author): Promise<LeaseAnswer> {
  return moved(db, "lease_return($1, $2, false, $3, $4, $5, $6)", [ask.key, ask.id, by.person, by.source, ask.reason, iso(by.now)]);
}

export function settleLease(db: Database, ask: LeasedWork & { readonly key: string; readonly id: string }, by: Author): Promise<LeaseAnswer> {
  return moved(db, "lease_settle($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)", [
    ask.key,
    ask.id,
    ask.reserved,
    ask.cost,
    ask.person,
    ask.subject,
    ask.partition,
    ask.figure,
    iso(ask.at ?? by.now),
    by.person,
    by.source,
    ask.note,
    iso(by.now),
    ask.chargeClass ?? null,
  ]);
}

/** Gives back what is left of leases that were not renewed in time, at most `limit` of them; gives how many. Each commits by itself. */
export async function expireLeases(db: Database, limit: number, source: string, now: Instant): Promise<number> {
  let count = 0;
  for (let turn = 0; turn < limit; turn += 1) {
    const [over] = await db.query<{ id: string | null }>("select headgate.lease_over($1) as id", [instantToIso(now)]);
    const id = over?.id ?? null;
    if (id === null) break;
    const answer = await moved(db, "lease_return($1, $2, true, 'headgate', $3, 'the lease was not renewed in time', $4)", [
      `ledger:lease-expire:${id}`,
      id,
      source,
      instantToIso(now),
    ]);
    if (answer.kind === "moved" && !answer.replayed) count += 1;
  }
  return count;
}

type LeaseRow = {
  transaction: bigint;
  id: string;
  account: string;
  unit: MoneyUnit;
  holder: string;
  why: string;
  amount: bigint;
  remaining: bigint;
  recall: bigint;
  state: Lease["state"];
  opened_at: Instant;
  expires_at: Instant;
  closed_at: Instant | null;
};

export async function listLeases(
  db: Database,
  ask: { accounts: readonly string[] | null; state: Lease["state"] | null; id: string | null; before: bigint | null; limit: number },
): Promise<Lease[]> {
  const values = [ask.accounts, ask.state, ask.id, ask.before, ask.limit];
  const rows = await db.query<LeaseRow>({ ...loadStatement("budget", "leases"), values, readOnly: true });
  return rows.map(({ opened_at, expires_at, closed_at, ...row }) => ({
    ...row,
    amount: micros(row.amount),
    remaining: micros(row.remaining),
    recall: micros(row.recall),
    openedAt: opened_at,
    expiresAt: expires_at,
    closedAt: closed_at,
  }));
}
