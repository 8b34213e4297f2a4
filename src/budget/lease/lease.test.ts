import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, instantToIso, micros, milliseconds, seededRandomness } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { openBudget, type BudgetService } from "../budget-service.ts";
import { ledgerVerifications } from "../index.ts";
import { caller, nobody, owner } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, hold, holdAsk, inWords, openTree, standing, start, usd, type Bench } from "../test-tree.ts";
import { leaseRoom, recalls, type LeasedWork } from "./lease.ts";

let bed: FreshDatabase;
let b: Bench;
let budget: BudgetService;
let uni: string;
let climate: string;

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  budget = openBudget({ db: bed.db, clock: b.clock, source: "gate", ledger: b.ledger, people: nobody });
});
afterAll(() => bed.drop());
beforeEach(async () => {
  [uni, climate] = [freshName("uni"), freshName("climate")];
  await openTree(b.accounts, { [uni]: "1000", [climate]: "100" });
});

const hour = () => addMs(b.clock.now(), milliseconds(3_600_000));
const open = (amount: string, key = freshName("lease"), account = climate) =>
  budget.openLease(owner, { account, amount: usd(amount), expiresAt: hour(), reason: "gate alps" }, key);
const work = (reserved: string, cost: string, more: Partial<LeasedWork> = {}): LeasedWork => ({
  reserved: usd(reserved),
  cost: usd(cost),
  person: "maria",
  subject: "slurm:alps:1",
  partition: null,
  figure: "metered",
  at: start,
  note: "ended",
  ...more,
});
async function leased(account = climate): Promise<number> {
  return Number((await b.accounts.get(account)).leased) / 1e6;
}
async function faults(): Promise<readonly string[]> {
  return (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);
}

test("a lease gets at most a quarter of what is free, counts on the whole path, and nobody else can reserve it", async () => {
  expect(await open("10")).toMatchObject({ amount: usd("10"), remaining: usd("10"), replayed: false });
  expect(await open("40")).toMatchObject({ amount: usd("15") });
  expect([await leased(), await leased(uni)]).toEqual([25, 25]);
  await expect(open("1")).rejects.toMatchObject({ code: "budget.insufficient", facts: { account: climate, available: "0.00" } });
  expect((await b.ledger.holdMany([holdAsk(climate, "75.01"), holdAsk(climate, "75")])).map(inWords)).toEqual([
    `refused budget.insufficient ${climate} 75`,
    "granted",
  ]);
  expect(await faults()).toEqual([]);
});

test("processes that open leases on two projects at once never pass the quarter of any level", async () => {
  const [small, left, right] = [freshName("dept"), freshName("left"), freshName("right")];
  await openTree(b.accounts, { [small]: "100", [left]: "1000" });
  await b.accounts.create({ name: right, title: null, kind: "project", parent: small, allocated: usd("1000"), startsAt: null, endsAt: null }, "owner", right);
  const answers = await Promise.allSettled(Array.from({ length: 24 }, (_, index) => open("3", freshName("lease"), index % 2 === 0 ? left : right)));
  const granted = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.amount] : []));
  expect(granted.reduce((sum, amount) => sum + amount, 0n)).toBe(usd("25"));
  expect(await leased(small)).toBe(25);
  expect(await faults()).toEqual([]);
});

describe("a key", () => {
  test("is one movement, also when it comes at the same moment, and answers the same for good", async () => {
    const key = freshName("lease");
    const [one, two] = await Promise.all([open("8", key), open("8", key)]);
    expect([one.replayed, two.replayed].filter(Boolean)).toEqual([true]);
    expect(two.id).toBe(one.id);
    await expect(open("9", key)).rejects.toMatchObject({ code: "idempotency.mismatch" });
    const settled = freshName("settle");
    const first = await budget.settleLease(owner, { ...work("3", "1"), id: one.id }, settled);
    expect(await budget.settleLease(owner, { ...work("3", "1"), id: one.id }, settled)).toEqual({ ...first, replayed: true });
    await expect(budget.settleLease(owner, { ...work("3", "2"), id: one.id }, settled)).rejects.toMatchObject({ code: "idempotency.mismatch" });
    await budget.returnLease(owner, { id: one.id, reason: "over" }, freshName("return"));
    expect(await open("8", key)).toEqual({ ...one, replayed: true });
    expect([await leased(), (await standing(b.accounts, climate)).spent]).toEqual([0, 1]);
  });

  test("is answered for good, also when the time of its lease is over", async () => {
    const key = freshName("lease");
    const ask = { account: climate, amount: usd("8"), expiresAt: hour(), reason: "gate alps" };
    const opened = await budget.openLease(owner, ask, key);
    b.clock.advance(7_200_000);
    expect(await budget.openLease(owner, ask, key)).toEqual({ ...opened, replayed: true });
    await expect(budget.openLease(owner, ask, freshName("lease"))).rejects.toMatchObject({ code: "value.range", facts: { field: "expires_at" } });
    b.clock.set(start);
  });

  test("that was refused is refused when a copy of it comes late", async () => {
    await open("25");
    const key = freshName("lease");
    await expect(open("5", key)).rejects.toMatchObject({ code: "budget.insufficient" });
    await b.accounts.allocate({ account: climate, amount: usd("900"), through: false, reason: "more" }, "owner", freshName("give"));
    await expect(open("5", key)).rejects.toMatchObject({ code: "budget.insufficient" });
    await expect(open("5")).resolves.toMatchObject({ amount: usd("5") });
  });
});

test("what is settled leaves the lease, is spent for its person, and the rest of its reservation is free again", async () => {
  const lease = await open("20");
  await budget.setLimit(owner, { account: climate, scope: "person", subject: "maria", amount: usd("2"), reason: "student" }, freshName("limit"));
  const settled = await budget.settleLease(owner, { ...work("10", "4"), id: lease.id }, freshName("settle"));
  // Beyond the limit of maria: granted without the ledger, it is the truth, and her overrun.
  expect(settled).toMatchObject({ amount: usd("10"), remaining: usd("10"), charged: usd("4"), overrun: usd("2") });
  expect([await leased(), (await standing(b.accounts, climate)).spent]).toEqual([10, 4]);
  expect((await b.ledger.holdMany([holdAsk(climate, "86", { person: "sarah" })])).map(inWords)).toEqual(["granted"]);
  await expect(
    b.ledger.adjustMany([
      {
        key: freshName("refund"),
        kind: "refund",
        mends: settled.number,
        amount: usd("4"),
        at: start,
        note: "node",
        approver: "owner",
        by: { person: "owner", source: "t" },
      },
    ]),
  ).resolves.toMatchObject([{ kind: "adjusted" }]);
  expect(await faults()).toEqual([]);
});

test("work that cost more than its reservation, or ended after the lease did, is charged all the same; what no limit covers is overrun", async () => {
  const lease = await open("20");
  await budget.returnLease(owner, { id: lease.id, reason: "gate stops" }, freshName("return"));
  await hold(b.ledger, climate, "95");
  expect(await budget.settleLease(owner, { ...work("6", "8"), id: lease.id }, freshName("late"))).toMatchObject({
    amount: 0n,
    charged: usd("8"),
    overrun: usd("3"),
  });
  expect(await standing(b.accounts, climate)).toMatchObject({ spent: 8, held: 95, overrun: 3 });
  await expect(open("1")).rejects.toMatchObject({ code: "budget.overrun" });
  expect(await faults()).toEqual([]);
});

test("a reservation that is short recalls the largest lease, which its holder learns when it renews", async () => {
  const large = await open("15");
  const small = await open("10");
  expect((await b.ledger.holdMany([holdAsk(climate, "80"), holdAsk(uni, "1")])).map(inWords)).toEqual([`refused budget.insufficient ${climate} 75`, "granted"]);
  expect([(await budget.showLease(owner, large.id)).recall, (await budget.showLease(owner, small.id)).recall]).toEqual([usd("5"), 0n]);
  const renew = (id: string, returns: string) =>
    budget.renewLease(owner, { id, returns: usd(returns), expiresAt: hour(), reason: "renewed" }, freshName("renew"));
  await expect(renew(large.id, "4")).rejects.toMatchObject({ code: "budget.lease-recalled", facts: { recall: "5.00" } });
  expect(await renew(large.id, "5")).toMatchObject({ amount: usd("5"), remaining: usd("10"), recall: 0n });
  expect(await renew(small.id, "0")).toMatchObject({ amount: 0n, remaining: usd("10") });
  expect((await b.ledger.holdMany([holdAsk(climate, "80")])).map(inWords)).toEqual(["granted"]);
  expect(await faults()).toEqual([]);
});

test("a lease that is not renewed in time gives back what is left, one that was stands", async () => {
  const kept = await open("5");
  const left = await open("7");
  b.clock.advance(3_000_000);
  await budget.renewLease(owner, { id: kept.id, returns: usd("0"), expiresAt: hour(), reason: "renewed" }, freshName("renew"));
  b.clock.advance(700_000);
  // Those of the tests before are over by then as well.
  expect(await b.ledger.expireHolds()).toBeGreaterThan(0);
  expect(await b.ledger.expireHolds()).toBe(0);
  expect([(await budget.showLease(owner, kept.id)).state, (await budget.showLease(owner, left.id)).state, await leased()]).toEqual(["open", "expired", 5]);
  await expect(budget.returnLease(owner, { id: left.id, reason: "late" }, freshName("return"))).rejects.toMatchObject({ code: "budget.lease-closed" });
  b.clock.set(start);
});

test("over HTTP, in service units, from opening to return", async () => {
  const name = freshName("su");
  await b.accounts.create({ name, title: null, kind: "project", parent: null, unit: "SU", allocated: usd("100"), startsAt: null, endsAt: null }, "owner", name);
  const call = caller(b);
  const body = { account: name, amount: "30", expires_at: instantToIso(hour()) };
  const opened = (await call("openLease", owner, { body, key: "owner:lease" })) as { lease_id: string };
  expect(opened).toMatchObject({ amount: "25.00", remaining: "25.00", replayed: false });
  await expect(call("openLease", owner, { body, key: "owner:more" })).rejects.toMatchObject({
    detail: `${name} can commit 0.00 SU now; 30.00 SU was asked for`,
  });
  const params = { id: opened.lease_id };
  const settle = { reserved: "2", cost: "1.5", person: "maria", subject: "slurm:1" };
  expect(await call("settleLease", owner, { params, body: settle, key: "owner:s" })).toMatchObject({ remaining: "23.00", charged: "1.50" });
  expect(await call("listLeases", owner, { query: { account: name } })).toMatchObject({ items: [{ unit: "SU", state: "open", remaining: "23.00" }] });
  expect(await call("returnLease", owner, { params, body: {}, key: "owner:r" })).toMatchObject({ amount: "23.00", remaining: "0.00" });
  expect(await call("showLease", owner, { params })).toMatchObject({ state: "returned" });
  await expect(call("showLease", owner, { params: { id: "01890000-0000-7000-8000-000000000000" } })).rejects.toMatchObject({ code: "budget.lease-unknown" });
});

test.each([1, 2, 3])("the rules and the SQL agree on random leases, and no level ever breaks (seed %i)", async (seed) => {
  const dice = seededRandomness(seed * 131);
  const [top, bottom] = [freshName("top"), freshName("bottom")];
  await openTree(b.accounts, { [top]: "0.000400", [bottom]: "0.000300" });
  const ids: string[] = [];
  for (let round = 0; round < 60; round += 1) {
    const { levels } = await b.accounts.get(bottom);
    const before = await budget.listLeases(owner, { account: bottom, state: "open", limit: 500 });
    const amount = micros(BigInt(1 + dice.below(40)));
    switch (dice.below(4)) {
      case 0: {
        const { room } = leaseRoom(levels);
        const blocked = levels.some(({ overrun }) => overrun > 0n);
        const answer = await budget.openLease(owner, { account: bottom, amount, expiresAt: hour(), reason: "x" }, freshName("o")).catch(() => null);
        expect(answer?.amount ?? 0n, `round ${round}`).toBe(blocked ? 0n : room < amount ? room : amount);
        if (answer !== null) ids.push(answer.id);
        break;
      }
      case 1: {
        if (ids.length === 0) break;
        const id = ids[dice.below(ids.length)]!;
        const lease = await budget.showLease(owner, id);
        const cost = micros(BigInt(dice.below(30)));
        const settled = await budget.settleLease(owner, { ...work("0", "0"), reserved: amount, cost, id }, freshName("s"));
        expect(settled.remaining, `round ${round}`).toBe(lease.remaining - (amount < lease.remaining ? amount : lease.remaining));
        expect(settled.charged).toBe(cost);
        break;
      }
      case 2: {
        const ask = micros(BigInt(dice.below(300)));
        const [answer] = await b.ledger.holdMany([holdAsk(bottom, "0", { amount: ask })]);
        const short = answer?.kind === "refused" && answer.code === "budget.insufficient" ? micros(ask - answer.available) : micros(0n);
        const after = await budget.listLeases(owner, { account: bottom, state: "open", limit: 500 });
        const expected = recalls(before.items, short);
        expect(new Map(after.items.map((lease) => [lease.id, lease.recall])), `round ${round}`).toEqual(new Map(expected));
        if (answer?.kind === "granted") await b.ledger.releaseMany([{ key: freshName("r"), holdId: answer.holdId, at: start, note: "" }]);
        break;
      }
      default: {
        const lease = before.items[0];
        if (lease === undefined) break;
        if (dice.below(2) === 0) await budget.returnLease(owner, { id: lease.id, reason: "x" }, freshName("b"));
        else await budget.renewLease(owner, { id: lease.id, returns: lease.recall, expiresAt: hour(), reason: "x" }, freshName("n"));
      }
    }
  }
  const sum = (await budget.listLeases(owner, { account: bottom, state: "open", limit: 500 })).items.reduce((total, lease) => total + lease.remaining, 0n);
  for (const level of (await b.accounts.get(bottom)).levels) expect(level.leased).toBe(sum);
  expect(await faults()).toEqual([]);
});

describe("verify finds", () => {
  test.each([
    "amount = amount + 1",
    "remaining = remaining # 1",
    "account_id = account_id + 1",
    "expires_at = expires_at + interval '1 second'",
    "transaction = transaction + 1",
  ])("a lease with %s", async (change) => {
    await open("5");
    expect(
      await foundIn(bed.db, `update headgate.lease set ${change} where id = (select id from headgate.lease where state = 'open' order by id limit 1)`),
    ).not.toEqual([]);
  });
  test("a lease that is gone, and a settlement without its charge", async () => {
    const lease = await open("5");
    await budget.settleLease(owner, { ...work("2", "1"), id: lease.id }, freshName("s"));
    expect(await foundIn(bed.db, `delete from headgate.lease where id = '${lease.id}'`)).not.toEqual([]);
    const found = await foundIn(bed.db, "update headgate.journal_transaction set key = 'x' || key where key like 'ledger:lease-charge:%'");
    expect(found.some((fault) => fault.includes("settlement without its charge"))).toBe(true);
  });
});
