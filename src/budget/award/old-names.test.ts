import { afterAll, beforeAll, expect, test } from "vitest";
import { instant, parseInstant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { bench, freshName, openTree, type Bench } from "../test-tree.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;
let number: string;
let account: string;
beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
  b.clock.set(parseInstant("2027-06-01") ?? instant(Number.NaN));
  [account, number] = [freshName("climate"), freshName("ATM")];
  await openTree(b.accounts, { [freshName("uni")]: "1000", [account]: "0" });
  const dates = { starts_on: "2027-01-01", ends_on: "2028-12-31" };
  const terms = { number, account, agency: "NSF", title: "Isotopes", pi: "Dr Li", total: "900", facts: { program: "AGS" } };
  await call("createAward", owner, { body: { ...terms, ...dates }, key: "old-award" });
  const releases = [
    { amount: "400", due_on: "2027-01-01", label: "first year" },
    { amount: "500", gate: "report", label: "second year" },
  ];
  await call("scheduleReleases", owner, { params: { number }, body: { releases, reason: "award letter" }, key: "old-schedule" });
  await call("releaseAward", owner, { params: { number, ordinal: 2 }, body: { report: "annual report" }, key: "old-release" });
});
afterAll(() => bed.drop());

test("a grant is the award of that number, with what has reached its account", async () => {
  const grant = { grant_number: number, account, agency: "NSF", program: "AGS", co_pi: null, amount: "900.00", allocated: "500.00", end_date: "2028-12-31" };
  expect(await call("showGrant", owner, { params: { number } })).toMatchObject({ ...grant, indirect: [] });
  expect(await call("listGrants", owner)).toMatchObject({ items: [grant], next: null });
});

test("a grant's periods are the award's", async () => {
  const periods = [
    { period_number: 1, start_date: "2027-01-01", end_date: "2027-12-31", status: "open" },
    { period_number: 2, start_date: "2028-01-01", end_date: "2028-12-31", status: "open" },
  ];
  expect(await call("listGrantPeriods", owner, { params: { number } })).toMatchObject({ items: periods });
});

test("an allocation is one part of an award's schedule, pending until it is released", async () => {
  const first = { id: `${number}:1`, amount: "400.00", due_date: "2027-01-01", status: "pending", completed_at: null, transaction_id: null };
  const second = { id: `${number}:2`, amount: "500.00", due_date: null, status: "completed", description: "second year" };
  expect(await call("listOldAllocations", owner, { query: { account } })).toMatchObject({ items: [first, second] });
  expect(await call("listOldAllocations", owner, { query: { account, limit: 1 } })).toMatchObject({ items: [first], next: first.id });
  expect(await call("showOldAllocation", owner, { params: { id: second.id } })).toMatchObject(second);
});

test("what a person cannot see, and a part that is not there, is unknown under the old names too", async () => {
  const stranger = { name: "stranger", admin: false };
  const unknown = { code: "budget.award-unknown" };
  await expect(call("showGrant", stranger, { params: { number } })).rejects.toMatchObject(unknown);
  await expect(call("listGrantPeriods", stranger, { params: { number } })).rejects.toMatchObject(unknown);
  await expect(call("showOldAllocation", stranger, { params: { id: `${number}:1` } })).rejects.toMatchObject(unknown);
  await expect(call("showOldAllocation", owner, { params: { id: `${number}:3` } })).rejects.toMatchObject(unknown);
  expect(await call("listGrants", stranger)).toEqual({ items: [], next: null });
});
