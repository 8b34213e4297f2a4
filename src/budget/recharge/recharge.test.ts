import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { micros, parseHourlyRate, parseInstant, type HourlyRate } from "#kernel";
import { loadPriceBook, type FormulaTerm, type PricedResource } from "#price";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { addDays } from "../days.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, hold, openTree, settleAsk, usd, type Bench } from "../test-tree.ts";
import { ledgerVerifications } from "../verify-store.ts";
import { costWithin, rechargeReport, suggestRates, type Recovered, type RechargePolicy, type ServiceCost } from "./recharge.ts";

const rate = (text: string): HourlyRate => parseHourlyRate(text)!;
const policy: RechargePolicy = { since: "2026-01-01", opening: micros(0n), bandDays: 60 };
const year = { from: "2026-01-01", before: "2027-01-01" };
const cost = (fromDay: string, toDay: string, amount: string, category = "salaries"): ServiceCost => ({ fromDay, toDay, amount: usd(amount), category });
const got = (day: string, amount: string, of: Partial<Recovered> = {}): Recovered => ({
  day,
  resource: "core",
  rate: rate("0.04"),
  amount: usd(amount),
  ...of,
});

describe("what of a cost falls into a span", () => {
  test.each([
    ["all of it", "2026-01-01", "2027-01-01", "31"],
    ["one day of 31", "2026-03-01", "2026-03-02", "1"],
    ["none of it: the day before", "2026-02-28", "2026-03-01", "0"],
    ["none of it: the day after", "2026-04-01", "2026-05-01", "0"],
    ["its end", "2026-03-30", "2026-05-01", "2"],
  ])("%s", (_name, from, before, amount) => {
    expect(costWithin(cost("2026-03-01", "2026-03-31", "31"), { from, before })).toBe(usd(amount));
  });

  test("spans that follow each other have it all, to the micro-dollar", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 15n }), fc.nat(400), fc.array(fc.nat(500), { minLength: 1, maxLength: 8 }), (amount, days, cuts) => {
        const one: ServiceCost = { fromDay: "2026-02-10", toDay: addDays("2026-02-10", days), amount: micros(amount), category: "x" };
        const days0 = [0, ...cuts.toSorted((a, b) => a - b), 900].map((offset) => addDays("2026-01-01", offset));
        const parts = days0.slice(1).map((before, index) => costWithin(one, { from: days0[index]!, before }));
        return parts.every((part) => part >= 0n) && parts.reduce((sum, part) => sum + part, 0n) === amount;
      }),
    );
  });
});

describe("the books of a span", () => {
  test("carry what was over- or under-recovered from one to the next", () => {
    const recovered = [got("2026-02-01", "50"), got("2026-08-01", "90")];
    const costs = [cost("2026-01-01", "2026-06-30", "60"), cost("2026-07-01", "2026-12-31", "70")];
    const [first, second] = [
      rechargeReport(policy, recovered, costs, { from: "2026-01-01", before: "2026-07-01" }),
      rechargeReport(policy, recovered, costs, { from: "2026-07-01", before: "2027-01-01" }),
    ];
    expect([first.broughtForward, first.difference, first.carriedForward]).toEqual([usd("0"), usd("-10"), usd("-10")]);
    expect([second.broughtForward, second.difference, second.carriedForward]).toEqual([usd("-10"), usd("20"), usd("10")]);
    const whole = rechargeReport(policy, recovered, costs, year);
    expect([whole.recovered, whole.cost, whole.carriedForward]).toEqual([usd("140"), usd("130"), usd("10")]);
  });

  test.each([
    ["365", "60", "within"],
    ["365", "60.000001", "over"],
    ["365", "-60", "within"],
    ["365", "-60.000001", "under"],
  ])("with a cost of %s and %s carried they are %s a band of 60 days", (spent, carried, verdict) => {
    const opening = { ...policy, opening: usd(carried) };
    expect(rechargeReport(opening, [got("2026-05-05", spent)], [cost("2026-01-01", "2026-12-31", spent)], year)).toMatchObject({ verdict, band: usd("60") });
  });

  test("a band of no days lets nothing be carried", () => {
    const none = { ...policy, bandDays: 0 };
    expect(rechargeReport(none, [got("2026-05-05", "1.000001")], [cost("2026-05-05", "2026-05-05", "1")], year).verdict).toBe("over");
  });

  test("tell hours and dollars of each resource, at each of its rates", () => {
    const recovered = [got("2026-02-01", "4"), got("2026-03-01", "6", { rate: rate("0.06") }), got("2026-03-01", "5", { resource: "gpu", rate: rate("2.5") })];
    expect(rechargeReport(policy, recovered, [], year).byResource).toEqual([
      { resource: "core", milliHours: 200_000n, recovered: usd("10") },
      { resource: "gpu", milliHours: 2_000n, recovered: usd("5") },
    ]);
  });
});

describe("rates that would break even", () => {
  const rates = new Map<PricedResource, HourlyRate>([
    ["core", rate("0.04")],
    ["gpu", rate("2")],
  ]);
  const sold = [got("2026-02-01", "40"), got("2026-02-01", "20", { resource: "gpu", rate: rate("2") })];
  const at = (nextCost: string, volumePercent = 100, opening = "0") =>
    suggestRates(rechargeReport({ ...policy, opening: usd(opening) }, sold, [cost("2026-01-01", "2026-12-31", "60")], year), rates, {
      nextCost: usd(nextCost),
      volumePercent,
    });

  test("stay where cost and hours stay and nothing is carried", () => {
    expect(at("60")).toMatchObject({
      kind: "rates",
      rates: [
        { now: rate("0.04"), to: rate("0.04") },
        { now: rate("2"), to: rate("2") },
      ],
    });
  });

  test("fall by what was over-recovered, all by the same factor, and are rounded up", () => {
    expect(at("60", 100, "20")).toMatchObject({
      toRecover: usd("40"),
      atRatesOfNow: usd("60"),
      rates: [
        { resource: "core", to: rate("0.026666667") },
        { resource: "gpu", to: rate("1.333333334") },
      ],
    });
  });

  test("follow the hours that are expected", () => {
    expect(at("60", 200)).toMatchObject({ rates: [{ to: rate("0.02") }, { to: rate("1") }] });
  });

  test("are none where nothing is left to recover, or nothing was charged", () => {
    expect(at("20", 100, "20")).toEqual({ kind: "none", reason: "what is carried forward covers the next period" });
    const empty = rechargeReport(policy, [], [], year);
    expect(suggestRates(empty, rates, { nextCost: usd("60"), volumePercent: 100 })).toEqual({
      kind: "none",
      reason: "nothing was charged at a rate that can be changed",
    });
  });

  test("bring in at least what has to be recovered", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.integer({ min: 1, max: 400 }), (nextCost, volumePercent) => {
        const report = rechargeReport(policy, sold, [], year);
        const found = suggestRates({ ...report, carriedForward: micros(0n) }, rates, { nextCost: micros(nextCost), volumePercent });
        if (found.kind === "none") return true;
        const brought = found.rates.reduce(
          (sum, { resource, to }) => sum + to * report.byResource.find((one) => one.resource === resource)!.milliHours * BigInt(volumePercent),
          0n,
        );
        return brought >= nextCost * 100_000_000n;
      }),
    );
  });
});

describe("over real PostgreSQL", () => {
  let bed: FreshDatabase;
  let b: Bench;
  let call: Call;
  beforeAll(async () => {
    bed = await freshDatabase();
    b = bench(bed.db);
    call = caller(b);
    b.clock.set(parseInstant("2026-11-20T10:00:00Z")!);
    await openTree(b.accounts, { uni: "1000", geo: "500" });
  });
  afterAll(() => bed.drop());

  const term = (resource: "core" | "gpu", text: string, count: number): FormulaTerm => ({
    resource,
    count,
    spans: [{ name: "time limit", ms: 3_600_000 }],
    times: 1,
    rate: text,
    free: null,
    source: "x",
    dated: "2026-01-01",
    rounding: "up",
    amount: "1",
  });

  async function job(formula: readonly FormulaTerm[], charge: string, at: string): Promise<string> {
    const id = await hold(b.ledger, "geo", "20", { formula });
    await b.ledger.settleMany([settleAsk(id, charge, { at: parseInstant(at)! })]);
    return id;
  }
  const report = async (query: object = {}): Promise<Record<string, unknown>> => (await call("reportRecharge", owner, { query })) as Record<string, unknown>;
  const record = (key: string, more: object = {}): Promise<unknown> =>
    call("recordCost", owner, {
      key,
      body: { from: "2026-11-01", to: "2026-11-30", amount: "30", category: "salaries", document: "GL 5100", reason: "November", ...more },
    });

  async function mend(how: { kind: "refund" } | { kind: "write-off"; bearer: string }, holdId: string, amount: string): Promise<void> {
    const [charge] = await b.db.query<{ number: bigint }>("select number from headgate.journal_transaction where kind = 'settle' and hold_id = $1", [holdId]);
    const [answer] = await b.ledger.adjustMany([
      {
        ...how,
        key: `owner:mend:${holdId}`,
        mends: charge!.number,
        amount: usd(amount),
        at: b.clock.now(),
        approver: "Dr Li",
        note: "a node failed",
        by: { person: "owner", source: "test" },
      },
    ]);
    expect(answer).toMatchObject({ kind: "adjusted" });
  }

  test("there is no report before somebody said from when on", async () => {
    await expect(report()).rejects.toMatchObject({ code: "recharge.unset" });
    await expect(call("showRecharge", owner)).rejects.toMatchObject({ code: "recharge.unset" });
  });

  test("an approved rate is what jobs are priced by, with its approver in the formula", async () => {
    const body = {
      resource: "core",
      rate: "0.042",
      dated: "2026-01-01",
      source: "rate sheet FY26",
      approver: "VP Research",
      agreement: "minutes 7",
      reason: "yearly",
    };
    const made = await call("setRate", owner, { key: "core-26", body });
    expect(made).toMatchObject({ rate: "0.042", approver: "VP Research", dated: "2026-01-01", person: "owner" });
    expect(await call("setRate", owner, { key: "core-26", body })).toEqual(made);
    await expect(call("setRate", owner, { key: "core-26", body: { ...body, rate: "0.05" } })).rejects.toMatchObject({ code: "idempotency.mismatch" });
    expect((await loadPriceBook(b.db, "USD")).rates).toEqual([
      { resource: "core", rate: rate("0.042"), free: null, source: "rate sheet FY26, approved by VP Research, minutes 7", dated: "2026-01-01" },
    ]);
    await call("setRate", owner, { key: "gpu-26", body: { ...body, resource: "gpu", rate: "2" } });
    await expect(bed.db.query("update headgate.rate set rate = 1")).rejects.toThrow(/append-only/);
  });

  test("charges count by date of service, divided among the resources of their formula; refunds count back", async () => {
    await call("setRecharge", owner, {
      key: "since",
      body: { since: "2026-11-01", opening: "-5", band_days: 60, approver: "cost accounting", reason: "FY27" },
    });
    await job([term("core", "0.042", 10)], "4.2", "2026-11-10T23:59:59Z");
    // 1 GPU at $2 beside 10 cores at $0.042: 2 to 0.42.
    const mixed = await job([term("core", "0.042", 10), term("gpu", "2", 1)], "1.21", "2026-11-11T00:00:00Z");
    await job([term("core", "0.042", 1)], "7", "2026-10-31T23:59:59Z");
    expect(await report()).toMatchObject({
      brought_forward: "-5.00",
      recovered: "5.41",
      by_resource: [
        { resource: "core", hours: "105.00", recovered: "4.41" },
        { resource: "gpu", hours: "0.50", recovered: "1.00" },
      ],
      carried_forward: "0.41",
    });
    await mend({ kind: "refund" }, mixed, "0.121");
    expect(await report()).toMatchObject({ recovered: "5.289", by_resource: [{ recovered: "4.389" }, { recovered: "0.90" }] });
    expect(await report({ from: "2026-11-11", to: "2026-11-11" })).toMatchObject({ brought_forward: "-0.80", recovered: "1.21", days: 1 });
  });

  test("costs are recorded once for their key, and taken back as they stand", async () => {
    const made = (await record("nov")) as { number: string };
    expect(await record("nov")).toEqual(made);
    await expect(record("nov", { amount: "31" })).rejects.toMatchObject({ code: "idempotency.mismatch" });
    expect(await report({ to: "2026-11-30" })).toMatchObject({
      cost: "30.00",
      carried_forward: "-29.711",
      by_category: [{ category: "salaries", cost: "30.00" }],
    });
    expect(await report({ from: "2026-11-16", to: "2026-11-30" })).toMatchObject({ cost: "15.00", brought_forward: "-14.59" });
    const twice = (await record("nov-again")) as { number: string };
    const reversal = await call("reverseCost", owner, { key: "oops", params: { number: twice.number }, body: { reason: "entered twice" } });
    expect(reversal).toMatchObject({ reverses: twice.number, amount: "30.00" });
    await expect(call("reverseCost", owner, { key: "oops-2", params: { number: twice.number }, body: { reason: "again" } })).rejects.toMatchObject({
      code: "recharge.cost-reversed",
    });
    await expect(call("reverseCost", owner, { key: "oops-3", params: { number: "99" }, body: { reason: "none" } })).rejects.toMatchObject({
      code: "recharge.cost-unknown",
    });
    const { items } = (await call("listCosts", owner, { query: {} })) as { items: { number: string; reversed_by: string | null }[] };
    expect(items.map(({ number, reversed_by: by }) => [number, by])).toEqual([
      ["1", null],
      ["2", "3"],
      ["3", null],
    ]);
    expect(await report({ to: "2026-11-30" })).toMatchObject({ cost: "30.00" });
  });

  test("two who take one cost back at once take it back once", async () => {
    const { number } = (await record("race")) as { number: string };
    const answers = await Promise.allSettled(
      ["a", "b", "c"].map((key) => call("reverseCost", owner, { key: `race-${key}`, params: { number }, body: { reason: "race" } })),
    );
    expect(answers.filter(({ status }) => status === "fulfilled").length).toBe(1);
  });

  test("what is written off to another account is recovered all the same", async () => {
    const before = (await report())["recovered"];
    const id = await job([term("core", "0.042", 1)], "2.1", "2026-11-12T00:00:00Z");
    await mend({ kind: "write-off", bearer: "uni" }, id, "2.1");
    expect(Number((await report())["recovered"]) - Number(before)).toBeCloseTo(2.1);
  });

  test("indirect cost and what has no formula is not the centre's", async () => {
    const before = (await report())["recovered"];
    await job([], "3", "2026-11-12T00:00:00Z");
    expect((await report())["recovered"]).toBe(before);
  });

  test.each([
    ["before the comparison begins", { from: "2026-10-31" }],
    ["that ends before it begins", { from: "2026-11-10", to: "2026-11-08" }],
  ])("a report %s is refused", async (_name, query) => {
    await expect(report(query)).rejects.toMatchObject({ code: "input.invalid" });
  });

  test("the books verify, and a row that was changed behind the journal's back is found", async () => {
    expect((await verify(b.db, ledgerVerifications())).flatMap(({ faults }) => faults)).toEqual([]);
    const found = await foundIn(b.db, "update headgate.recharge_cost set amount = amount + 1 where number = 1");
    expect(found.join()).toMatch(/recharge-cost .* is kept and was never told/);
  });
});
