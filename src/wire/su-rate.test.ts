import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ledgerVerifications, openAccounts, openBudget } from "#budget";
import { verify } from "#db";
import { divideRounded, formatMoney, instantToIso, micros, parseHourlyRate, parseMicros, systemClock } from "#kernel";
import { recordRate, type FormulaTerm } from "#price";
import { jobsBed, type JobsBed } from "../../test/beds/jobs.ts";
import { anybody } from "../../test/beds/people.ts";
import { wirePricing } from "./pricing.ts";

const owner = { name: "owner", admin: true };
const today = instantToIso(systemClock.now()).slice(0, 10);
const source = "rate sheet";
const approver = "Dr Li";
let bed: JobsBed;
let budget: ReturnType<typeof openBudget>;

beforeAll(async () => {
  bed = await jobsBed();
  const { db } = bed.database;
  const common = { db, clock: systemClock, source: "test" };
  budget = openBudget({ ...common, ledger: bed.ledger, people: anybody });
  const terms = { title: null, kind: "project", unit: "SU", allocated: micros(1_000_000_000n), startsAt: null, endsAt: null } as const;
  await openAccounts(common).create({ ...terms, name: "centre", parent: null }, "owner", "centre");
  await openAccounts(common).create({ ...terms, name: "cycles", parent: "centre" }, "owner", "cycles");
  await recordRate(db, { resource: "core", rate: parseHourlyRate("0.042")!, free: null, source: "local", dated: "2026-01-01" }, "owner", systemClock.now());
  bed.submitPorts = { ...bed.submitPorts, pricing: wirePricing(db) };
});
afterAll(() => bed.close());

type Shown = { unit: string; reserved: bigint; charged: bigint; returned: bigint; formula: FormulaTerm[]; formula_words: string; elapsed_ms: bigint };
const job = (number: string) =>
  bed.row<Shown>("select j.*, a.elapsed_ms from headgate.job j left join headgate.job_attempt a on a.job_id = j.id where j.number = $1", [number]);
const submit = (more = "") => bed.submit(`command: [sleep, '0.2']\ntime_limit: 1m\nproject: cycles\n${more}`);
const setRate = (rate: string, dated: string, key: string) =>
  budget.setSuRate(owner, { account: "centre", rate: parseHourlyRate(rate)!, dated, source, approver }, "council", key);

/** 70 s of one core at $0.042 an hour, up to the millionth. */
const DOLLARS = 817n;
const conversion = (rate: string, dated: string, amount: string, times = 1) => ({
  resource: "service-unit",
  dollars: "0.000817",
  times,
  rate,
  source: "rate sheet, approved by Dr Li",
  dated,
  rounding: "up",
  amount,
});

describe("a job that is priced in dollars, on an account kept in service units", () => {
  test("is refused where there is no rate: it is neither one nor zero", async () => {
    await expect(submit()).rejects.toMatchObject({ code: "price.su-rate-missing", facts: { account: "cycles", day: today } });
    await setRate("0.03", "2999-01-01", "later");
    await expect(submit()).rejects.toMatchObject({ code: "price.su-rate-missing" });
    expect(await bed.row("select count(*)::integer as jobs from headgate.job")).toEqual({ jobs: 0 });
  });

  test("is reserved by the rate of its day, and charged by it when the rate has changed since", async () => {
    await setRate("0.03", "2026-01-01", "first");
    const [first, array] = [await submit(), await submit("array: 0-2\n")];
    await setRate("0.07", today, "second");
    const second = await submit();
    expect((await job(first)).formula[1]).toEqual(conversion("0.03", "2026-01-01", "0.027234"));
    expect((await job(array)).formula[1]).toEqual(conversion("0.03", "2026-01-01", "0.081702", 3));
    expect((await job(second)).formula[1]).toEqual(conversion("0.07", today, "0.011672"));
    expect((await job(first)).formula_words).toMatch(/\$0\.042000\/core-hour .*, at \$0\.030000 for 1 SU \(rate sheet, approved by Dr Li, 2026-01-01\)$/);
    expect([await job(first), await job(array), await job(second)].map(({ unit, reserved }) => formatMoney(micros(reserved), unit as "SU"))).toEqual([
      "0.027234 SU",
      "0.081702 SU",
      "0.011672 SU",
    ]);
    await bed.start({ pricing: bed.submitPorts.pricing });
    for (const number of [first, array, second]) await bed.until(number);
    for (const [number, rate] of [
      [first, 30_000_000n],
      [second, 70_000_000n],
    ] as const) {
      const { elapsed_ms: elapsed, charged, reserved, returned } = await job(number);
      const dollars = divideRounded(42_000_000n * elapsed, 1_000n * 3_600_000n, "half-even");
      expect(charged).toBe(divideRounded(dollars * 1_000_000_000n, rate, "half-even"));
      expect(charged).toBeGreaterThan(0n);
      expect(charged + returned).toBe(reserved);
    }
    expect((await verify(bed.database.db, ledgerVerifications())).flatMap(({ faults }) => faults)).toEqual([]);
  });

  test("a rate is appended once for its key, the nearest account decides, and dollars have none", async () => {
    const ask = { account: "cycles", rate: parseHourlyRate("0.1")!, dated: "2026-01-01", source, approver };
    const made = await budget.setSuRate(owner, ask, "own rate", "own");
    expect(await budget.setSuRate(owner, ask, "own rate", "own")).toEqual(made);
    await expect(budget.setSuRate(owner, { ...ask, dated: today }, "own rate", "own")).rejects.toMatchObject({ code: "idempotency.mismatch" });
    await expect(budget.setSuRate(owner, { ...ask, account: "materials" }, "no", "no")).rejects.toMatchObject({ code: "budget.unit-mismatch" });
    const number = await submit();
    expect((await job(number)).reserved).toBe((DOLLARS * 1_000_000n) / 100_000n);
    const { items } = await budget.listSuRates(owner, { account: "cycles", limit: 10 });
    expect(items.map(({ account, ordinal, rate, dated }) => [account, ordinal, String(rate), dated])).toEqual([
      ["centre", 3, "70000000", today],
      ["centre", 2, "30000000", "2026-01-01"],
      ["centre", 1, "30000000", "2999-01-01"],
      ["cycles", 1, "100000000", "2026-01-01"],
    ]);
    expect(parseMicros("0.000817")).toBe(DOLLARS);
  });
});
