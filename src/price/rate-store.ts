import { loadStatement, type Database } from "#db";
import { instantToIso, Problem, type HourlyRate, type Instant, type MoneyUnit } from "#kernel";
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
