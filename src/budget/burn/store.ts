import { loadStatement, type Database } from "#db";
import { invariant, micros, type Micros } from "#kernel";

export async function dailySpend(
  db: Database,
  ask: { readonly account: string; readonly from: string; readonly to: string },
): Promise<{ day: string; amount: Micros }[]> {
  const rows = await db.query<{ day: string; amount: bigint }>({
    ...loadStatement("budget", "daily-spend"),
    values: [ask.account, ask.from, ask.to],
    readOnly: true,
  });
  return rows.map((row) => ({ day: row.day, amount: micros(row.amount) }));
}

export async function openedOn(db: Database, account: string): Promise<string> {
  const [row] = await db.query<{ day: string }>({ ...loadStatement("budget", "opened-on"), values: [account], readOnly: true });
  invariant(row !== undefined, "an account that is shown was opened");
  return row.day;
}
