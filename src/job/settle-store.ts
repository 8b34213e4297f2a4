import type { EndState } from "#budget";
import { loadStatement, type Database } from "#db";
import { instantToIso, micros, ZERO_MICROS, type Instant, type Micros, type MoneyUnit } from "#kernel";

/** What settling reads and writes: charges that have not been posted, and holds that can be closed. */

const sql = (name: string) => loadStatement("job", name);

export type Unsettled = {
  readonly token: string;
  readonly jobId: string;
  readonly number: string;
  readonly index: number | null;
  readonly ordinal: number;
  readonly charge: Micros;
  readonly figure: "estimated" | "metered";
  readonly endedAt: Instant;
  readonly words: string;
  /** How it ended; null for what an older version wrote down. */
  readonly endState: EndState | null;
  readonly holdId: string;
  readonly project: string;
  readonly person: string;
  readonly unit: MoneyUnit;
  readonly final: boolean;
  /** What the hold can give back with this charge though others are to come. */
  readonly frees: Micros;
};

export async function attemptsToSettle(db: Database, pool: string, limit: number, now: Instant): Promise<Unsettled[]> {
  type Row = {
    token: string;
    job_id: string;
    number: bigint;
    index: number | null;
    ordinal: number;
    charge: bigint;
    figure: "estimated" | "metered";
    ended_at: Instant;
    charge_words: string;
    end_state: EndState | null;
    hold_id: string;
    project: string;
    person: string;
    unit: MoneyUnit;
    final: boolean;
    frees: bigint;
  };
  const rows = await db.query<Row>({ ...sql("attempts-to-settle"), readOnly: true }, [pool, limit, instantToIso(now)]);
  return rows.map((row) => ({
    token: row.token,
    jobId: row.job_id,
    number: String(row.number),
    index: row.index,
    ordinal: row.ordinal,
    charge: micros(row.charge),
    figure: row.figure,
    endedAt: row.ended_at,
    words: row.charge_words,
    endState: row.end_state,
    holdId: row.hold_id,
    project: row.project,
    person: row.person,
    unit: row.unit,
    final: row.final,
    frees: micros(row.frees),
  }));
}

export type Posted = {
  readonly token: string;
  readonly charged: Micros;
  /** What was charged beside it as indirect cost. */
  readonly indirect: Micros;
  readonly returned: Micros;
  readonly overrun: Micros;
  readonly final: boolean;
};

/** The indirect cost that was charged beside what was posted under keys; 0 for those that brought none. */
export async function indirectCharged(db: Database, asked: readonly { readonly token: string; readonly key: string }[]): Promise<(token: string) => Micros> {
  const values = [asked.map(({ token }) => token), asked.map(({ key }) => key)];
  const rows = asked.length === 0 ? [] : await db.query<{ token: string; indirect: bigint }>({ ...sql("indirect-charged"), readOnly: true }, values);
  const amounts = new Map(rows.map((row) => [row.token, micros(row.indirect)]));
  return (token) => amounts.get(token) ?? ZERO_MICROS;
}

export async function recordCharges(db: Database, posted: readonly Posted[], now: Instant): Promise<void> {
  const rows = posted.map((one) => ({
    token: one.token,
    charged: String(one.charged),
    indirect: String(one.indirect),
    returned: String(one.returned),
    overrun: String(one.overrun),
    final: one.final,
  }));
  if (rows.length > 0) await db.query(sql("record-charges"), [JSON.stringify(rows), instantToIso(now)]);
}

export async function putOffCharges(db: Database, tokens: readonly string[], until: Instant, words: string): Promise<void> {
  if (tokens.length > 0) await db.query(sql("put-off-charges"), [tokens, instantToIso(until), words]);
}

export async function settleTasks(db: Database, pool: string, now: Instant): Promise<number> {
  return (await db.query(sql("settle-tasks"), [pool, instantToIso(now), "worker"])).length;
}

export type OpenHold = { readonly jobId: string; readonly holdId: string; readonly number: string; readonly endedAt: Instant };

export async function holdsToClose(db: Database, pool: string, limit: number, now: Instant): Promise<OpenHold[]> {
  const rows = await db.query<{ job_id: string; hold_id: string; number: bigint; ended_at: Instant }>({ ...sql("holds-to-close"), readOnly: true }, [
    pool,
    limit,
    instantToIso(now),
  ]);
  return rows.map((row) => ({ jobId: row.job_id, holdId: row.hold_id, number: String(row.number), endedAt: row.ended_at }));
}

export async function recordClosedHolds(db: Database, closed: readonly { jobId: string; returned: Micros }[], now: Instant): Promise<void> {
  const rows = closed.map((one) => ({ job_id: one.jobId, returned: String(one.returned) }));
  if (rows.length > 0) await db.query(sql("record-closed-holds"), [JSON.stringify(rows), instantToIso(now)]);
}

/** What reservations gave back that were closed by another hand than the job's; 0 for those that were not. */
export async function givenBack(db: Database, holdIds: readonly string[]): Promise<(holdId: string) => Micros> {
  const rows = holdIds.length === 0 ? [] : await db.query<{ hold_id: string; amount: bigint }>({ ...sql("given-back"), readOnly: true }, [holdIds]);
  const amounts = new Map(rows.map((row) => [row.hold_id, micros(row.amount)]));
  return (holdId) => amounts.get(holdId) ?? ZERO_MICROS;
}

export async function putOffClosing(db: Database, jobIds: readonly string[], until: Instant, words: string): Promise<void> {
  if (jobIds.length > 0) await db.query(sql("put-off-closing"), [jobIds, instantToIso(until), words]);
}
