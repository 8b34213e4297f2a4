import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { instant, mib, milliseconds, parseHourlyRate, Problem, seconds, sumMicros, type Instant } from "#kernel";
import { requireSuRate, type SuRate } from "./su-rate.ts";
import { chargeRun, inServiceUnits, quoteLocalRun, type LocalRun } from "./quote.ts";
import { rateOn, type DatedRate, type PriceBook } from "./price-book.ts";
import { loadPriceBook, recordRate } from "./rate-store.ts";

const day = (text: string): Instant => instant(Date.parse(`${text}T12:00:00Z`));

function coreRate(perHour: string, dated = "2026-11-20", free: string | null = null): DatedRate {
  return { resource: "core", rate: parseHourlyRate(perHour)!, free, source: "local rate, examples/lab.yaml", dated };
}

function book(...rates: DatedRate[]): PriceBook {
  return { unit: "USD", rates };
}

const run: LocalRun = { cores: 2, memory: mib(1500), timeLimit: seconds(180), grace: milliseconds(10_000), times: 1, at: day("2026-11-21") };

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return "none";
}

describe("the worst case of a run on this machine", () => {
  test("is all its cores for the time limit and the grace, rounded up, and says how it comes about", () => {
    const quote = quoteLocalRun(book(coreRate("0.042")), run);
    expect(quote.amount).toBe(4434n);
    expect(quote.words).toBe("2 cores x (180 s time limit + 10 s grace) x $0.042000/core-hour (local rate, examples/lab.yaml, 2026-11-20)");
    expect(quote.free).toBeNull();
  });

  test("counts every task of an array and every attempt", () => {
    const quote = quoteLocalRun(book(coreRate("0.042")), { ...run, times: 1000 });
    expect(quote.amount).toBe(4_434_000n);
    expect(quote.words.startsWith("1000 x 2 cores x ")).toBe(true);
  });

  test("takes memory by the whole GiB where memory has a price", () => {
    const memory: DatedRate = { ...coreRate("0.005"), resource: "memory-gib" };
    const quote = quoteLocalRun(book(coreRate("0.042"), memory), { ...run, timeLimit: seconds(3590) });
    expect(quote.formula.map((term) => [term.resource, "count" in term ? term.count : null, term.amount])).toEqual([
      ["core", 2, "0.084"],
      ["memory-gib", 2, "0.01"],
    ]);
    expect(quote.amount).toBe(94_000n);
  });

  test("a price that is missing is a problem and never zero; one that holds later does not hold yet", () => {
    expect(codeOf(() => quoteLocalRun(book(), run))).toBe("price.missing");
    expect(codeOf(() => quoteLocalRun(book(coreRate("0.042", "2026-11-22")), run))).toBe("price.missing");
  });

  test("free is said with its reason", () => {
    const quote = quoteLocalRun(book(coreRate("0", "2026-11-20", "condo")), run);
    expect([quote.amount, quote.free]).toEqual([0n, "condo"]);
    expect(quote.words).toContain("free (condo)");
  });

  test("the rate of the day counts, and of one day the one recorded last", () => {
    const rates = book(coreRate("1", "2026-01-01"), coreRate("2", "2026-06-01"), coreRate("3", "2026-06-01"), coreRate("9", "2027-01-01"));
    expect(rateOn(rates, "core", "2026-05-31")?.rate).toBe(1_000_000_000n);
    expect(rateOn(rates, "core", "2026-06-01")?.rate).toBe(3_000_000_000n);
    expect(rateOn(rates, "core", "2025-12-31")).toBeUndefined();
  });
});

describe("the charge of an attempt", () => {
  test("is what it took at the rates of its reservation", () => {
    const quote = quoteLocalRun(book(coreRate("0.042")), run);
    const charge = chargeRun(quote.formula, milliseconds(3_100), "USD");
    expect(charge.amount).toBe(72n);
    expect(charge.words).toBe("2 cores x 3.100 s measured x $0.042000/core-hour (local rate, examples/lab.yaml, 2026-11-20)");
  });

  test("attempts that keep within their time never add up to more than was reserved, whatever the rate", () => {
    const tasks = fc.array(fc.integer({ min: 0, max: 190_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 13n }), fc.integer({ min: 1, max: 500 }), tasks, (rate, cores, elapsed) => {
        const priced = book({ ...coreRate("1"), rate: rate as DatedRate["rate"] });
        const quote = quoteLocalRun(priced, { ...run, cores, times: elapsed.length });
        const charged = sumMicros(elapsed.map((ms) => chargeRun(quote.formula, milliseconds(ms), "USD").amount));
        return charged <= quote.amount;
      }),
    );
  });
});

describe("dollars in service units", () => {
  const suRate = (perUnit: string): SuRate => ({ rate: parseHourlyRate(perUnit)!, source: "rate sheet, approved by Dr Li", dated: "2026-01-01" });

  test("are the last term of the formula, which comes to it alone", () => {
    const quote = inServiceUnits(quoteLocalRun(book(coreRate("0.042")), { ...run, times: 3 }), suRate("0.03"), 3);
    expect(quote.formula.map((term) => [term.resource, term.times, term.amount])).toEqual([
      ["core", 3, "0.013302"],
      ["service-unit", 3, "0.4434"],
    ]);
    expect([quote.amount, quote.unit, quote.free]).toEqual([443_400n, "SU", null]);
    const charge = chargeRun(quote.formula, milliseconds(3_100), "SU");
    expect(charge.amount).toBe(2_400n);
    expect(charge.words).toBe(
      "2 cores x 3.100 s measured x $0.042000/core-hour (local rate, examples/lab.yaml, 2026-11-20), at $0.030000 for 1 SU (rate sheet, approved by Dr Li, 2026-01-01)",
    );
  });

  test("free stays free, and a rate that is not there is a problem", () => {
    const free = inServiceUnits(quoteLocalRun(book(coreRate("0", "2026-11-20", "condo")), run), suRate("0.03"), 1);
    expect([free.amount, free.free]).toEqual([0n, "condo"]);
    expect(codeOf(() => requireSuRate(null, "cycles", "2026-11-21"))).toBe("price.su-rate-missing");
  });

  test("charges of attempts that keep within their time never add up to more than was reserved, whatever the rates", () => {
    const tasks = fc.array(fc.integer({ min: 0, max: 190_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 13n }),
        fc.bigInt({ min: 10n ** 6n, max: 10n ** 13n }),
        fc.integer({ min: 1, max: 500 }),
        tasks,
        (rate, perUnit, cores, elapsed) => {
          const memory: DatedRate = { ...coreRate("0.005"), resource: "memory-gib" };
          const dollars = quoteLocalRun(book({ ...coreRate("1"), rate: rate as DatedRate["rate"] }, memory), { ...run, cores, times: elapsed.length });
          const quote = inServiceUnits(dollars, { ...suRate("1"), rate: perUnit as DatedRate["rate"] }, elapsed.length);
          const charged = sumMicros(elapsed.map((ms) => chargeRun(quote.formula, milliseconds(ms), "SU").amount));
          return charged <= quote.amount;
        },
      ),
    );
  });
});

describe("recorded rates", () => {
  let bed: FreshDatabase;
  beforeAll(async () => {
    bed = await freshDatabase();
  });
  afterAll(async () => {
    await bed.drop();
  });

  test("come back as they were recorded; the same again is not recorded twice", async () => {
    const at = day("2026-11-21");
    expect(await recordRate(bed.db, coreRate("0.042000001"), "owner", at)).toBe(true);
    expect(await recordRate(bed.db, coreRate("0.042000001"), "owner", at)).toBe(false);
    expect(await recordRate(bed.db, coreRate("0", "2026-12-01", "condo"), "owner", at)).toBe(true);
    expect(await loadPriceBook(bed.db, "USD")).toEqual(book(coreRate("0.042000001"), coreRate("0", "2026-12-01", "condo")));
  });

  test("a free rate without a reason is refused by the code and by the table", async () => {
    await expect(recordRate(bed.db, coreRate("0"), "owner", day("2026-11-21"))).rejects.toMatchObject({ code: "price.free-without-reason" });
    await expect(
      bed.db.query("insert into headgate.rate (resource, rate, source, dated, recorded_by, recorded_at) values ('core', 0, 'x', '2026-01-01', 'x', now())"),
    ).rejects.toThrow(/rate_check|check constraint/);
  });

  test("nobody changes one afterwards", async () => {
    await expect(bed.db.query("update headgate.rate set rate = 1")).rejects.toThrow(/append-only/);
  });
});
