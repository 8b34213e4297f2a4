import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { instant, micros, parseInstant, type Instant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, openTree, settleAsk, standing, usd, type Bench } from "../test-tree.ts";
import { ledgerVerifications } from "../verify-store.ts";
import { indirectCost } from "./award.ts";

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
const key = () => `indirect-${(keys += 1)}`;

const rate = (number: string, more: Record<string, unknown>, by = key()) =>
  call("setIndirect", owner, {
    params: { number },
    body: { class: "compute", dated: "2027-01-01", agreement: "rates of 2026-07-01", approver: "sponsored programs", reason: "award letter", ...more },
    key: by,
  });

/** An award of 2027 with $100, 52.5 % on compute, and nothing on cloud. */
async function award(more: Record<string, unknown> = {}): Promise<{ number: string; account: string; fund: string }> {
  b.clock.set(at("2027-06-01"));
  const [account, fund, number] = [freshName("climate"), freshName("late"), freshName("ATM")];
  await openTree(b.accounts, { [freshName("uni")]: "1000", [account]: "100" });
  await openTree(b.accounts, { [fund]: "1000" });
  const terms = {
    number,
    account,
    agency: "NSF",
    title: "Isotopes",
    pi: "Dr Li",
    starts_on: "2027-01-01",
    ends_on: "2027-12-31",
    total: "900",
    late_account: fund,
  };
  await call("createAward", owner, { body: { ...terms, ...more }, key: key() });
  await rate(number, { rate: "0.525" });
  await rate(number, { class: "cloud", rate: "0", exempt: "commercial cloud is exempt" });
  return { number, account, fund };
}

const place = (account: string, amount: string, more: Record<string, unknown> = {}, by = key()) =>
  call("placeHold", owner, { body: { account, amount, subject: "job:1", charge_class: "compute", ...more }, key: by }) as Promise<{
    hold_id: string;
    amount: string;
  }>;
const charge = (account: string, amount: string, more: Record<string, unknown> = {}, by = key()) =>
  call("charge", owner, { params: { name: account }, body: { amount, subject: "bill:row", note: "row", charge_class: "compute", ...more }, key: by });

describe("a charge of a class that has a rate", () => {
  test("brings its indirect cost as an entry of its own, half-even, once for its key; of an exempt class nothing", async () => {
    const { account } = await award();
    const by = key();
    for (let times = 0; times < 3; times += 1) await charge(account, "10", {}, by);
    await charge(account, "10", { charge_class: "cloud" });
    await charge(account, "0.00002");
    expect((await standing(b.accounts, account)).spent).toBe(10 + 5.25 + 10 + 0.00002 + 0.00001);
    const { items } = (await call("listJournal", owner, { query: { account } })) as { items: { key: string; entries: unknown[] }[] };
    expect(items.filter((one) => one.key.startsWith("indirect:")).map(({ entries }) => entries)).toMatchObject([
      [{ pocket: "free" }, { pocket: "spent", amount: "0.00001" }],
      [{ pocket: "free" }, { pocket: "spent", amount: "5.25" }],
    ]);
  });

  test("is charged by the rate of its day of service, whatever holds when it is booked", async () => {
    const { number, account } = await award();
    await rate(number, { rate: "0.6", dated: "2027-05-01" });
    await charge(account, "10", { at: "2027-04-30T23:59:59Z" });
    await charge(account, "10", { at: "2027-05-01T00:00:00Z" });
    expect((await standing(b.accounts, account)).spent).toBe(10 + 5.25 + 10 + 6);
  });

  test("without a rate is refused before anything is posted, because a missing rate is not 0", async () => {
    const { account } = await award();
    await expect(charge(account, "10", { charge_class: "storage" })).rejects.toMatchObject({ code: "budget.indirect-unknown" });
    await expect(place(account, "10", { charge_class: "storage" })).rejects.toMatchObject({ code: "budget.indirect-unknown" });
    expect(await standing(b.accounts, account)).toMatchObject({ spent: 0, held: 0 });
  });

  test("that a late fund takes brings none: what is disallowed recovers nothing", async () => {
    const { account, fund } = await award();
    await charge(account, "10", { at: "2028-01-01T00:00:00Z" });
    expect([(await standing(b.accounts, account)).spent, (await standing(b.accounts, fund)).spent]).toEqual([0, 10]);
  });
});

describe("a reservation of a class that has a rate", () => {
  test("has its indirect cost in it, and is settled by the rate it was made with, also when another was decided since", async () => {
    const { number, account } = await award();
    const by = key();
    const held = await place(account, "40", {}, by);
    expect(held.amount).toBe("61.00");
    await rate(number, { rate: "0.6" });
    expect(await place(account, "40", {}, by)).toMatchObject({ hold_id: held.hold_id, amount: "61.00", replayed: true });
    expect(await standing(b.accounts, account)).toMatchObject({ held: 61 });
    const ask = settleAsk(held.hold_id, "30", { at: at("2027-06-02") });
    expect(await b.ledger.settleMany([ask])).toMatchObject([{ kind: "settled", charged: usd("30"), returned: usd("15.25"), overrun: 0n, replayed: false }]);
    expect(await Promise.all([b.ledger.settleMany([ask]), b.another().settleMany([ask, ask])])).toMatchObject([
      [{ charged: usd("30"), replayed: true }],
      [
        { charged: usd("30"), replayed: true },
        { charged: usd("30"), replayed: true },
      ],
    ]);
    expect(await standing(b.accounts, account)).toMatchObject({ spent: 45.75, held: 0, overrun: 0 });
  });

  test("is drawn task by task on an account it fills to the last cent, without overrun", async () => {
    const { account } = await award();
    const { hold_id } = await place(account, "65.573770");
    expect(await standing(b.accounts, account)).toMatchObject({ held: 99.999999 + 0.000001 });
    for (const attempt of [1, 2]) await b.ledger.settleMany([settleAsk(hold_id, "32.786885", { attempt, final: attempt === 2, at: at("2027-06-02") })]);
    const { spent, held, overrun } = await standing(b.accounts, account);
    expect([spent <= 100, spent > 99.99, held, overrun]).toEqual([true, true, 0, 0]);
  });

  test("that is refused counts its indirect cost: 66 dollars of compute do not fit into 100", async () => {
    const { account } = await award();
    await expect(place(account, "66")).rejects.toMatchObject({ code: "budget.insufficient" });
    await place(account, "66", { charge_class: "cloud" });
  });
});

test("a charge within its reservation has its indirect cost within it, whatever the amounts", () => {
  const amounts = fc.bigInt({ min: 0n, max: 1_000_000_000_000_000n });
  fc.assert(
    fc.property(amounts, amounts, fc.integer({ min: 0, max: 5_000_000 }), (one, other, part) => {
      const [charged, reserved] = one < other ? [one, other] : [other, one];
      expect(indirectCost(micros(charged), part, "half-even") <= indirectCost(micros(reserved), part, "up")).toBe(true);
    }),
  );
});

test("the status of the budget shows the indirect cost of accounts apart, spent and reserved, refunds taken off, and of none without a rate", async () => {
  const { account } = await award();
  await charge(account, "10");
  await place(account, "20");
  const { items } = (await call("listJournal", owner, { query: { account } })) as { items: { key: string; number: string }[] };
  const indirect = items.find((one) => one.key.startsWith("indirect:"))?.number;
  await call("adjust", owner, { body: { kind: "refund", mends: indirect ?? "", amount: "1.25", approver: "owner", reason: "agreed" }, key: key() });
  const status = (await call("showStatus", owner)) as { indirect: { account: string }[]; accounts: { name: string }[] };
  expect(status.indirect.find((one) => one.account === account)).toEqual({ account, unit: "USD", spent: "4.00", reserved: "10.50" });
  expect(status.indirect.length < status.accounts.length).toBe(true);
});

test("SQL and TypeScript round an indirect cost alike", async () => {
  const cases = [1n, 2n, 3n, 20n, 60n, 999_999n, 123_456_789n, 1_000_000_000_000_000n].flatMap((amount) =>
    [25_000, 500_000, 525_000, 333_333].map((part) => ({ amount, part })),
  );
  for (const { amount, part } of cases) {
    const [row] = await bed.db.query<{ part: bigint }>("select headgate.part_of($1, $2) as part", [amount, part]);
    expect(row?.part, `${amount} x ${part}`).toBe(indirectCost(micros(amount), part, "half-even"));
  }
});

test("a rate says who approved it, and why it is 0", async () => {
  const { number } = await award();
  expect(await call("showAward", owner, { params: { number } })).toMatchObject({
    indirect: [
      { class: "cloud", rate: "0.00", exempt: "commercial cloud is exempt" },
      { class: "compute", rate: "0.525", exempt: null, dated: "2027-01-01", approver: "sponsored programs" },
    ],
  });
  const by = key();
  await rate(number, { class: "storage", rate: "0.1" }, by);
  await rate(number, { class: "storage", rate: "0.1" }, by);
  await expect(rate(number, { class: "storage", rate: "0.2" }, by)).rejects.toMatchObject({ code: "idempotency.mismatch" });
});

test("the books add up, and one changed bit of a rate or of what it brought is found", async () => {
  expect((await verify(bed.db, ledgerVerifications())).flatMap(({ faults }) => faults)).toEqual([]);
  for (const damage of [
    "update headgate.award_indirect set rate = rate + 1 where ordinal = 1",
    "update headgate.award_indirect set approver = approver || '.' where ordinal = 1",
    "delete from headgate.award_indirect where ordinal = 2",
  ])
    expect((await foundIn(bed.db, damage)).join("\n"), damage).toContain("indirect rate");
});
