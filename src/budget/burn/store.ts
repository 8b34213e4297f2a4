import { loadStatement, type Database } from "#db";
import { instantToIso, invariant, micros, type Instant, type Micros } from "#kernel";

export async function dailySpend(
  db: Database,
  ask: { readonly account: string; readonly from: string; readonly to: string; readonly zone: string },
): Promise<{ day: string; amount: Micros }[]> {
  const rows = await db.query<{ day: string; amount: bigint }>({
    ...loadStatement("budget", "daily-spend"),
    values: [ask.account, ask.from, ask.to, ask.zone],
    readOnly: true,
  });
  return rows.map((row) => ({ day: row.day, amount: micros(row.amount) }));
}

export async function openedOn(db: Database, account: string): Promise<string> {
  const [row] = await db.query<{ day: string }>({ ...loadStatement("budget", "opened-on"), values: [account], readOnly: true });
  invariant(row !== undefined, "an account that is shown was opened");
  return row.day;
}

/** What open reservations will still charge, by the day on which they end; null where none is named. */
export async function committedOf(
  db: Database,
  account: string,
  zone: string,
): Promise<{ readonly day: string | null; readonly count: number; readonly amount: Micros }[]> {
  const rows = await db.query<{ day: string | null; count: number; amount: bigint }>({
    ...loadStatement("budget", "committed"),
    values: [account, zone],
    readOnly: true,
  });
  return rows.map((row) => ({ ...row, amount: micros(row.amount) }));
}

export async function peopleAtWork(db: Database, account: string, since: Instant): Promise<number> {
  const [row] = await db.query<{ count: number }>({ ...loadStatement("budget", "people-at-work"), values: [account, instantToIso(since)], readOnly: true });
  return row?.count ?? 0;
}

export type StandingBelow = { readonly name: string; readonly perDay: Micros; readonly startsOn: string; readonly endsOn: string | null };

/** The standing costs of an account and all below it that stood on a day or later. */
export async function standingBelow(db: Database, account: string, from: string): Promise<StandingBelow[]> {
  const rows = await db.query<{ name: string; per_day: bigint; starts_on: string; ends_on: string | null }>({
    ...loadStatement("budget", "standing-below"),
    values: [account, from],
    readOnly: true,
  });
  return rows.map((row) => ({ name: row.name, perDay: micros(row.per_day), startsOn: row.starts_on, endsOn: row.ends_on }));
}
