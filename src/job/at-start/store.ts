import { loadStatement, type Database } from "#db";
import { instantToIso, micros, type Instant, type Micros, type MoneyUnit, type ProblemCode } from "#kernel";
import { unheldOf, type ReserveAt, type Unheld, type UnheldRow } from "../job-store.ts";

/** Jobs whose account reserves when they start. */

const sql = (name: string) => loadStatement("job", name);

/** What stands against a job for good. */
export type Never = { readonly code: ProblemCode; readonly account: string; readonly available: Micros; readonly date: Instant | null };

export async function neverBears(
  db: Database,
  ask: { readonly account: string; readonly unit: MoneyUnit; readonly person: string; readonly amount: Micros; readonly until: Instant },
  now: Instant,
): Promise<Never | null> {
  const [row] = await db.query<{ code: ProblemCode; level: string; available: bigint; at: Instant | null }>({ ...sql("never-bears"), readOnly: true }, [
    ask.account,
    ask.unit,
    ask.person,
    ask.amount,
    instantToIso(ask.until),
    instantToIso(now),
  ]);
  return row === undefined ? null : { code: row.code, account: row.level, available: micros(row.available), date: row.at };
}

/** When an account reserves money for jobs that are submitted now. */
export async function reserveAt(db: Database, account: string): Promise<ReserveAt> {
  const [row] = await db.query<{ reserve_at: ReserveAt }>({ ...sql("reserve-at"), readOnly: true }, [account]);
  return row?.reserve_at ?? "submission";
}

/** The job gets its tasks without a reservation. False when that had been done already. */
export async function acceptUnheld(db: Database, id: string, indices: readonly number[], now: Instant, words: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const accepted = await tx.query(sql("accept-unheld"), [id, words]);
    if (accepted.length === 0) return false;
    await tx.query(sql("insert-tasks"), [id, indices, instantToIso(now), "ledger", words]);
    await tx.query(sql("tell-worker"));
    return true;
  });
}

/** A job for which the ledger is asked, and for the how manieth time. */
export type Asking = Unheld & { readonly asks: number };

/** In the order of `ids`, without those that need nothing any more. */
export async function beginAsks(db: Database, ids: readonly string[]): Promise<Asking[]> {
  const rows = await db.query<UnheldRow & { hold_asks: number }>(sql("begin-asks"), [ids]);
  return rows.map((row) => ({ ...unheldOf(row), asks: row.hold_asks })).toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}

export async function takeStartHold(db: Database, job: Asking, hold: { readonly id: string; readonly amount: Micros }): Promise<void> {
  await db.query(sql("take-start-hold"), [job.id, job.asks, hold.id, hold.amount]);
}

export async function noteShort(
  db: Database,
  job: Asking,
  no: { readonly level: string; readonly words: string; readonly askAfter: Instant },
  now: Instant,
): Promise<void> {
  await db.query(sql("note-short"), [job.id, job.asks, no.level, no.words.slice(0, 2000), instantToIso(no.askAfter), instantToIso(now)]);
}

export async function leftAsks(db: Database, pool: string, limit: number): Promise<string[]> {
  return (await db.query<{ id: string }>({ ...sql("left-asks"), readOnly: true }, [pool, limit])).map(({ id }) => id);
}

export async function closeUnheld(db: Database, pool: string, now: Instant): Promise<number> {
  return (await db.query(sql("close-unheld"), [pool, instantToIso(now)])).length;
}
