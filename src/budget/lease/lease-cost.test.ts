import { afterAll, beforeAll, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, milliseconds, parseInstant, instant, type Instant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { openBudget, type BudgetService } from "../budget-service.ts";
import { ledgerVerifications } from "../index.ts";
import { caller, nobody, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, openTree, standing, usd, type Bench } from "../test-tree.ts";
import type { LeasedWork } from "./lease.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;
let budget: BudgetService;
beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
  budget = openBudget({ db: bed.db, clock: b.clock, source: "gate", ledger: b.ledger, people: nobody });
});
afterAll(() => bed.drop());

const at = (text: string): Instant => parseInstant(text) ?? instant(Number.NaN);
const faults = async () => (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);

/** An award of the first half of 2027 with $100 and 30 % on compute, its late fund, and a lease of $20. */
async function leased(): Promise<{ account: string; fund: string; id: string }> {
  b.clock.set(at("2027-06-01"));
  const [account, fund, number] = [freshName("climate"), freshName("late"), freshName("ATM")];
  await openTree(b.accounts, { [freshName("uni")]: "1000", [account]: "100" });
  await openTree(b.accounts, { [fund]: "1000" });
  const terms = { number, account, agency: "NSF", title: "Isotopes", pi: "Dr Li", starts_on: "2027-01-01", ends_on: "2027-06-30", total: "900" };
  await call("createAward", owner, { body: { ...terms, late_account: fund, closeout_days: 90 }, key: freshName("award") });
  const rate = { dated: "2027-01-01", agreement: "rates of 2026", approver: "sponsored programs", reason: "letter" };
  for (const one of [
    { class: "compute", rate: "0.3" },
    { class: "cloud", rate: "0", exempt: "exempt" },
  ])
    await call("setIndirect", owner, { params: { number }, body: { ...rate, ...one }, key: freshName("rate") });
  const expiresAt = addMs(b.clock.now(), milliseconds(3_600_000));
  const lease = await budget.openLease(owner, { account, amount: usd("20"), expiresAt, reason: "gate alps" }, freshName("lease"));
  return { account, fund, id: lease.id };
}

const work = (reserved: string, cost: string, more: Partial<LeasedWork> = {}): LeasedWork => ({
  reserved: usd(reserved),
  cost: usd(cost),
  person: "maria",
  subject: "slurm:alps:1",
  partition: null,
  chargeClass: "compute",
  figure: "metered",
  at: at("2027-06-01"),
  note: "ended",
  ...more,
});

test("work of a lease brings the indirect cost of its class once for its key, and none where the class is exempt or nobody decided", async () => {
  const { account, id } = await leased();
  const key = freshName("settle");
  const first = await budget.settleLease(owner, { ...work("13", "10"), id }, key);
  expect(first).toMatchObject({ amount: usd("13"), charged: usd("10"), remaining: usd("7"), overrun: 0n, replayed: false });
  const again = await Promise.all([1, 2].map(() => budget.settleLease(owner, { ...work("13", "10"), id }, key)));
  expect(again).toEqual([
    { ...first, replayed: true },
    { ...first, replayed: true },
  ]);
  await expect(budget.settleLease(owner, { ...work("13", "10", { chargeClass: "cloud" }), id }, key)).rejects.toMatchObject({ code: "idempotency.mismatch" });
  expect(await standing(b.accounts, account)).toMatchObject({ spent: 13 });
  for (const chargeClass of ["cloud", "storage", null]) await budget.settleLease(owner, { ...work("1", "1", { chargeClass }), id }, freshName("settle"));
  expect(await standing(b.accounts, account)).toMatchObject({ spent: 16, overrun: 0 });
  expect(await faults()).toEqual([]);
});

test("work of a lease that was done after the award's last day is charged to its late fund, without indirect cost, and leaves the lease", async () => {
  const { account, fund, id } = await leased();
  const key = freshName("settle");
  const late = { ...work("13", "10", { at: at("2027-07-01") }), id };
  const settled = await Promise.all([budget.settleLease(owner, late, key), budget.settleLease(owner, late, key)]);
  expect(settled.map((one) => [one.charged, one.remaining])).toEqual([
    [usd("10"), usd("7")],
    [usd("10"), usd("7")],
  ]);
  expect(settled.filter((one) => one.replayed)).toHaveLength(1);
  expect([(await standing(b.accounts, account)).spent, (await standing(b.accounts, fund)).spent]).toEqual([0, 10]);
  expect(await faults()).toEqual([]);
  const found = await foundIn(bed.db, "update headgate.journal_transaction set key = 'x' || key where key like 'late:ledger:lease-charge:%'");
  expect(found.join("\n")).toContain("has a settlement without its charge");
});

test("leased work, its late fund and other charges of the same accounts from two servers at once end once each", async () => {
  const { account, fund, id } = await leased();
  const other = openBudget({ db: bed.db, clock: b.clock, source: "gate", ledger: b.another(), people: nobody });
  const settlements = Array.from({ length: 10 }, (_, index) => ({
    ask: { ...work("1", "1", { at: at(index % 2 === 0 ? "2027-06-02" : "2027-07-02") }), id },
    key: freshName("settle"),
  }));
  await Promise.all(
    settlements.flatMap(({ ask, key }, index) => [
      budget.settleLease(owner, ask, key),
      other.settleLease(owner, ask, key),
      call("charge", owner, {
        params: { name: index % 2 === 0 ? fund : account },
        body: { amount: "1", subject: "x", note: "x", at: "2027-06-03T00:00:00Z" },
        key: freshName("charge"),
      }),
    ]),
  );
  expect([(await standing(b.accounts, account)).spent, (await standing(b.accounts, fund)).spent]).toEqual([5 * 1.3 + 5, 10]);
  expect(await faults()).toEqual([]);
});
