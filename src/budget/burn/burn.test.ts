import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instant, micros, parseInstant, type Instant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { bench, freshName, openTree, type Bench } from "../test-tree.ts";
import { burnRate, type BurnFacts } from "./burn.ts";

const facts = (more: Partial<BurnFacts>): BurnFacts => ({
  today: "2027-01-20",
  first: "2027-01-01",
  last: "2027-04-10",
  budget: micros(100_000_000n),
  overrun: micros(0n),
  daily: [],
  ...more,
});
const spentOn = (...pairs: [string, bigint][]) => pairs.map(([day, dollars]) => ({ day, amount: micros(dollars * 1_000_000n) }));

describe("the rule of the burn rate", () => {
  test("compares what was spent with an even spending, a percent of health for a percent beyond it", () => {
    // 100 days, 100 dollars: 20 are expected by the end of the 20th day.
    const at = (dollars: bigint) => {
      const { varianceTenths, health, status } = burnRate(facts({ daily: spentOn(["2027-01-03", dollars]) }));
      return [varianceTenths, health, status];
    };
    expect([0n, 15n, 17n, 20n, 24n, 25n, 30n, 31n, 40n, 90n].map(at)).toEqual([
      [-1000, 100, "UNDER"],
      [-250, 100, "UNDER"],
      [-150, 100, "ON_TRACK"],
      [0, 100, "ON_TRACK"],
      [200, 80, "ON_TRACK"],
      [250, 75, "OVER"],
      [500, 50, "OVER"],
      [550, 45, "CRITICAL"],
      [1000, 0, "CRITICAL"],
      [3500, 0, "CRITICAL"],
    ]);
  });

  test("averages over the last 7 and 30 days, and over all there were of a younger account", () => {
    const daily = spentOn(["2027-01-02", 10n], ["2027-01-14", 7n], ["2027-01-20", 7n]);
    expect(burnRate(facts({ daily }))).toMatchObject({ average7: 2_000_000n, average30: 1_200_000n, spent: 24_000_000n });
  });

  test("finds nothing wrong with an account of this week, however much it spent, unless it is overrun", () => {
    const fresh = facts({ first: "2027-01-20", daily: spentOn(["2027-01-20", 90n]) });
    expect(burnRate(fresh)).toMatchObject({ health: 100, status: "NEW", average7: 90_000_000n });
    expect(burnRate({ ...fresh, daily: [] })).toMatchObject({ health: 100, status: "NEW", average7: 0n });
    expect(burnRate({ ...fresh, overrun: micros(1n) })).toMatchObject({ health: 0, status: "CRITICAL" });
  });

  test("says nothing of health where nothing says when it ends, and expects no more than all after its end", () => {
    expect(burnRate(facts({ last: null }))).toMatchObject({ expected: null, dailyExpected: null, varianceTenths: null, health: null, status: "NO_PERIOD" });
    expect(burnRate(facts({ today: "2027-09-01" }))).toMatchObject({ expected: 100_000_000n, dailyExpected: 1_000_000n });
    expect(burnRate(facts({ budget: micros(0n) }))).toMatchObject({ expected: 0n, varianceTenths: null, health: 100, status: "ON_TRACK" });
  });
});

describe("of a real journal", () => {
  let bed: FreshDatabase;
  let b: Bench;
  let call: Call;
  let account: string;
  let number: string;
  const at = (text: string): Instant => parseInstant(text) ?? instant(Number.NaN);
  beforeAll(async () => {
    bed = await freshDatabase();
    b = bench(bed.db);
    call = caller(b);
    b.clock.set(at("2027-01-20T12:00:00Z"));
    [account, number] = [freshName("climate"), freshName("ATM")];
    await openTree(b.accounts, { [freshName("uni")]: "1000", [account]: "50" });
    const terms = { number, account, agency: "NSF", title: "Isotopes", pi: "Dr Li", starts_on: "2027-01-01", ends_on: "2027-04-10", total: "100" };
    await call("createAward", owner, { body: terms, key: freshName("award") });
  });
  afterAll(() => bed.drop());

  const charge = (amount: string, day: string) =>
    call("charge", owner, {
      params: { name: account },
      body: { amount, subject: "bill", note: "row", at: `${day}T12:00:00Z` },
      key: freshName("charge"),
    }) as Promise<{
      transaction: string;
    }>;

  test("a grant goes by its total and its days, an account by what is allocated, both by date of service and less refunds", async () => {
    expect(await call("burnOfGrant", owner, { params: { number } })).toMatchObject({ cumulative_spend: "0.00", daily: [], health_score: 100, status: "UNDER" });
    await charge("14", "2027-01-05");
    await charge("2", "2026-12-31");
    const { transaction } = await charge("21", "2027-01-18");
    await call("adjust", owner, { body: { kind: "refund", mends: transaction, amount: "7", approver: "owner", reason: "broken" }, key: freshName("refund") });
    const grant = await call("burnOfGrant", owner, { params: { number } });
    expect(grant).toEqual({
      account,
      grant_number: number,
      unit: "USD",
      as_of: "2027-01-20T12:00:00.000Z",
      start_date: "2027-01-01",
      end_date: "2027-04-10",
      budget: "100.00",
      cumulative_spend: "28.00",
      cumulative_expected: "20.00",
      daily_expected: "1.00",
      average_7_days: "2.00",
      average_30_days: "1.50",
      variance_percent: 40,
      health_score: 60,
      status: "OVER",
      daily: [
        { date: "2026-12-31", spend: "2.00" },
        { date: "2027-01-05", spend: "14.00" },
        { date: "2027-01-18", spend: "14.00" },
      ],
    });
    expect(await call("burnOfAccount", owner, { params: { account } })).toMatchObject({ grant_number: null, budget: "50.00", cumulative_expected: "10.00" });
  });

  test("a fresh account without dates is not critical, and what one cannot see is unknown", async () => {
    const fresh = freshName("fresh");
    await openTree(b.accounts, { [fresh]: "10" });
    expect(await call("burnOfAccount", owner, { params: { account: fresh } })).toMatchObject({
      status: "NO_PERIOD",
      health_score: null,
      average_7_days: "0.00",
    });
    const stranger = { name: "stranger", admin: false };
    await expect(call("burnOfAccount", stranger, { params: { account } })).rejects.toMatchObject({ code: "budget.account-unknown" });
    await expect(call("burnOfGrant", stranger, { params: { number } })).rejects.toMatchObject({ code: "budget.award-unknown" });
  });
});
