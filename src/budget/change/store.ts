import { loadStatement, type Database } from "#db";
import { instantToIso, type Instant, type Micros, type MoneyUnit } from "#kernel";
import { done, iso, levelOf, type Author, type LevelColumns } from "../account-store.ts";
import type { Level } from "../decide-hold.ts";

/*
 * The functions of the ledger that change accounts (src/db/migrations, ledger-account). Each gives true when it was done now, false when its key had done it.
 */

export type LimitKey = { readonly scope: "person" | "partition"; readonly subject: string };
export type LimitRecord = LimitKey & Level & { readonly account: string; readonly unit: MoneyUnit };

export function transfer(
  db: Database,
  ask: { readonly key: string; readonly from: string; readonly to: string; readonly amount: Micros; readonly reason: string },
  by: Author,
): Promise<boolean> {
  const now = instantToIso(by.now);
  return done(db, "select headgate.transfer($1, $2, $3, $4, $5, $6, $7, $8, $9) as done", [
    ask.key,
    ask.from,
    ask.to,
    ask.amount,
    by.person,
    by.source,
    ask.reason,
    now,
    now,
  ]);
}

export function absorbOverrun(db: Database, ask: { readonly key: string; readonly account: string; readonly reason: string }, by: Author): Promise<boolean> {
  return done(db, "select headgate.absorb_overrun($1, $2, $3, $4, $5, $6) as done", [
    ask.key,
    ask.account,
    by.person,
    by.source,
    ask.reason,
    instantToIso(by.now),
  ]);
}

export function changeAccount(
  db: Database,
  ask: {
    readonly key: string;
    readonly account: string;
    /** What is undefined stays as it is; null takes the start or the end away. */
    readonly status?: Level["status"] | undefined;
    readonly startsAt?: Instant | null | undefined;
    readonly endsAt?: Instant | null | undefined;
    readonly reserveAt?: "submission" | "start" | null | undefined;
    readonly reason: string;
  },
  by: Author,
): Promise<boolean> {
  return done(db, "select headgate.change_account($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as done", [
    ask.key,
    ask.account,
    ask.status ?? null,
    ask.startsAt === null ? "-infinity" : iso(ask.startsAt ?? null),
    ask.endsAt === null ? "infinity" : iso(ask.endsAt ?? null),
    by.person,
    by.source,
    ask.reason,
    instantToIso(by.now),
    ask.reserveAt === null ? "inherit" : (ask.reserveAt ?? null),
  ]);
}

export function setLimit(
  db: Database,
  ask: LimitKey & { readonly key: string; readonly account: string; readonly amount: Micros; readonly reason: string },
  by: Author,
): Promise<boolean> {
  return done(db, "select headgate.set_limit($1, $2, $3, $4, $5, $6, $7, $8, $9) as done", [
    ask.key,
    ask.account,
    ask.scope,
    ask.subject,
    ask.amount,
    by.person,
    by.source,
    ask.reason,
    instantToIso(by.now),
  ]);
}

type LimitRow = LimitKey & LevelColumns & { readonly account: string; readonly unit: MoneyUnit };

/** All limits inside an account, or the one named. */
export async function listLimits(db: Database, account: string, only: LimitKey | null): Promise<LimitRecord[]> {
  const rows = await db.query<LimitRow>({
    ...loadStatement("budget", "limits"),
    values: [account, only?.scope ?? null, only?.subject ?? null],
    readOnly: true,
  });
  return rows.map((row) => ({ ...levelOf(row), account: row.account, scope: row.scope, subject: row.subject, unit: row.unit }));
}
