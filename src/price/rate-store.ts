import { loadStatement, type Database } from "#db";
import { instantToIso, Problem, type HourlyRate, type Instant, type MoneyUnit } from "#kernel";
import type { SuRate } from "./su-rate.ts";
import { checkRate, type DatedRate, type PriceBook, type PricedResource } from "./price-book.ts";

/** More dated rates than any site sets in a lifetime. */
const RATES_MAX = 10_000;

type Row = { readonly resource: PricedResource; readonly rate: bigint; readonly free: string | null; readonly source: string; readonly dated: string };

/** Every rate that was ever recorded, oldest first: what was charged stays explainable. */
export async function loadPriceBook(db: Database, unit: MoneyUnit): Promise<PriceBook> {
  const rows = await db.query<Row>({ ...loadStatement("price", "rates"), values: [RATES_MAX], readOnly: true });
  return { unit, rates: rows.map((row) => ({ ...row, rate: row.rate as HourlyRate })) };
}

/** Records a rate; false when the same one (resource, day, figure) is the newest already. Throws `price.free-without-reason`. */
export async function recordRate(db: Database, rate: DatedRate, by: string, at: Instant): Promise<boolean> {
  checkRate(rate);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(rate.dated)) throw new Problem("value.time", { detail: `${rate.dated} is not a day such as 2026-11-20` });
  const rows = await db.query({
    ...loadStatement("price", "record-rate"),
    values: [rate.resource, rate.rate, rate.free, rate.source, rate.dated, by, instantToIso(at)],
  });
  return rows.length > 0;
}

/** What an account is kept in, and what a service unit is worth for it on a day (UTC); null when there is no such account. */
export async function loadAccountUnit(
  db: Database,
  account: string,
  day: string,
): Promise<{ readonly unit: MoneyUnit; readonly suRate: SuRate | null } | null> {
  type Unit = { readonly unit: MoneyUnit; readonly rate: bigint | null; readonly source: string; readonly approver: string; readonly dated: string };
  const [row] = await db.query<Unit>({ ...loadStatement("price", "account-unit"), values: [account, day], readOnly: true });
  if (row === undefined) return null;
  const { unit, rate, source, approver, dated } = row;
  return { unit, suRate: rate === null ? null : { rate: rate as HourlyRate, source: `${source}, approved by ${approver}`, dated } };
}
