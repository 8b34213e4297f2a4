import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { instant, parseInstant, type Instant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, hold, openTree, settleAsk, standing, usd, type Bench } from "../test-tree.ts";
import { ledgerVerifications } from "../verify-store.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;
beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
});
afterAll(() => bed.drop());

const at = (text: string): Instant => parseInstant(text) ?? instant(Number.NaN);
let keys = 0;
const key = () => `late-${(keys += 1)}`;

/** An award of the first half of 2027 with $100 in its account, and its late fund. */
async function award(more: Record<string, unknown> = {}): Promise<{ number: string; account: string; fund: string }> {
  b.clock.set(at("2027-06-01"));
  const [account, fund, number] = [freshName("climate"), freshName("late"), freshName("ATM")];
  await openTree(b.accounts, { [freshName("uni")]: "1000", [account]: "100" });
  await openTree(b.accounts, { [fund]: "1000" });
  const terms = { number, account, agency: "NSF", title: "Isotopes", pi: "Dr Li", starts_on: "2027-01-01", ends_on: "2027-06-30", total: "900" };
  await call("createAward", owner, { body: { ...terms, late_account: fund, closeout_days: 90, ...more }, key: key() });
  return { number, account, fund };
}

const chargeAsk = (account: string, amount: string, day: string, more: Record<string, unknown> = {}) =>
  ({
    key: key(),
    account,
    amount: usd(amount),
    person: "maria",
    subject: "bill:row",
    partition: null,
    figure: "billed",
    at: at(day),
    note: "row",
    ...more,
  }) as const;

const spent = async (...names: string[]) => Promise.all(names.map(async (name) => (await standing(b.accounts, name)).spent));

describe("a settlement", () => {
  test("for a service after the award's last day ends its reservation with nothing and charges the late fund, once, in every order of arrival", async () => {
    const { number, account, fund } = await award();
    const within = await hold(b.ledger, account, "30");
    const after = await hold(b.ledger, account, "30");
    const asks = [settleAsk(within, "20", { at: at("2027-06-30T23:59:59Z") }), settleAsk(after, "25", { at: at("2027-07-01") })];
    const first = await b.ledger.settleMany(asks);
    expect(first).toMatchObject([
      { kind: "settled", charged: usd("20"), returned: usd("10"), replayed: false },
      { kind: "settled", charged: usd("25"), returned: usd("30"), replayed: false },
    ]);
    const again = await Promise.all([b.ledger.settleMany([...asks].reverse()), b.another().settleMany(asks), b.another().settleMany([asks[1]!])]);
    expect(again.flat().map((one) => one.kind === "settled" && [Number(one.charged) / 1e6, one.replayed])).toEqual([
      [25, true],
      [20, true],
      [20, true],
      [25, true],
      [25, true],
    ]);
    expect(await b.ledger.settleMany([{ ...asks[1]!, amount: usd("26") }])).toMatchObject([{ kind: "refused", code: "idempotency.mismatch" }]);
    expect(await standing(b.accounts, account)).toMatchObject({ spent: 20, held: 0 });
    expect(await spent(fund)).toEqual([25]);
    expect(await call("showAward", owner, { params: { number } })).toMatchObject({ late: "25.00", late_account: fund });
  });

  test("that is refused charges nobody", async () => {
    const { account, fund } = await award();
    const id = await hold(b.ledger, account, "30");
    await b.ledger.releaseMany([{ key: key(), holdId: id, at: at("2027-06-01"), note: "cancelled" }]);
    expect(await b.ledger.settleMany([settleAsk(id, "25", { at: at("2027-07-01") })])).toMatchObject([{ kind: "refused", code: "budget.hold-closed" }]);
    expect(await spent(account, fund)).toEqual([0, 0]);
  });

  test("and charges of both kinds from two servers at once end once each, whatever they lock", async () => {
    const { account, fund } = await award();
    const ids = await Promise.all(Array.from({ length: 12 }, () => hold(b.ledger, account, "2")));
    const settlements = ids.map((id, index) => settleAsk(id, "1", { at: at(index % 2 === 0 ? "2027-06-02" : "2027-07-02") }));
    const charges = ids.map((_id, index) => chargeAsk(index % 3 === 0 ? fund : account, "1", index % 2 === 0 ? "2027-06-02" : "2026-12-31"));
    const [one, two] = [b.another(), b.another()];
    await Promise.all(
      settlements.flatMap((ask, index) => [one.settleMany([ask]), two.settleMany([ask]), two.chargeMany([charges[index]!]), one.chargeMany([charges[index]!])]),
    );
    // 6 of 12 settlements are late; of 12 charges 4 are the fund's own and 4 of the other 8 are late.
    expect(await spent(account, fund)).toEqual([10, 14]);
  });
});

describe("a charge", () => {
  test("goes by its date of service: before the first day, after the last, or after close-out to the late fund; in time to the award", async () => {
    const { account, fund } = await award();
    const days = ["2026-12-31T23:59:59Z", "2027-01-01", "2027-06-30T23:59:59Z", "2027-07-01"];
    for (const day of days) await b.ledger.chargeMany([chargeAsk(account, "1", day)]);
    expect(await spent(account, fund)).toEqual([2, 2]);
    b.clock.set(at("2027-09-28T23:59:59Z"));
    await b.ledger.chargeMany([chargeAsk(account, "1", "2027-03-01")]);
    b.clock.set(at("2027-09-29"));
    await b.ledger.chargeMany([chargeAsk(account, "1", "2027-03-01")]);
    expect(await spent(account, fund)).toEqual([3, 3]);
  });

  test("keeps the way it went the first time, also when the award's end has moved since", async () => {
    const { number, account, fund } = await award();
    const [late, early] = [chargeAsk(account, "7", "2027-07-15"), chargeAsk(account, "3", "2027-06-15")];
    await b.ledger.chargeMany([late, early]);
    const extend = (ends_on: string) => call("extendAward", owner, { params: { number }, body: { ends_on, reason: "moved", approver: "NSF" }, key: key() });
    for (const day of ["2027-12-31", "2027-05-31"]) {
      await extend(day);
      expect(await b.ledger.chargeMany([late, early])).toMatchObject([
        { kind: "charged", charged: usd("7"), replayed: true },
        { kind: "charged", charged: usd("3"), replayed: true },
      ]);
    }
    expect(await spent(account, fund)).toEqual([3, 7]);
  });

  test("of an award without a late fund, and of an account without an award, stays where it was addressed", async () => {
    const { account } = await award({ late_account: null });
    await b.ledger.chargeMany([chargeAsk(account, "1", "2028-01-01")]);
    expect(await spent(account)).toEqual([1]);
  });
});

test("a late fund is an account of its own, in the award's unit", async () => {
  const { number, account } = await award();
  for (const late_account of [account, "no-such-fund"])
    await expect(call("updateAward", owner, { params: { number }, body: { late_account, reason: "x" }, key: key() })).rejects.toMatchObject({
      code: late_account === account ? "budget.unit-mismatch" : "budget.account-unknown",
    });
});

test("the books add up, and a late charge without its settlement is found", async () => {
  expect((await verify(bed.db, ledgerVerifications())).flatMap(({ faults }) => faults)).toEqual([]);
  const damage = "update headgate.journal_transaction set hold_id = null where kind = 'settle' and amount = 0";
  expect((await foundIn(bed.db, damage)).join("\n")).toContain("late fund");
});
