import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, milliseconds } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { openBudget, type BudgetService } from "./budget-service.ts";
import { ledgerVerifications } from "./index.ts";
import { caller, nobody, owner } from "./test-call.ts";
import { bench, freshName, hold, holdAsk, openTree, settleAsk, start, usd, type Bench } from "./test-tree.ts";

let bed: FreshDatabase;
let b: Bench;
let budget: BudgetService;
let one: string;
let two: string;

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  budget = openBudget({ db: bed.db, clock: b.clock, source: "http", ledger: b.ledger, people: nobody });
});
afterAll(() => bed.drop());
beforeEach(async () => {
  [one, two] = [freshName("one"), freshName("two")];
  await openTree(b.accounts, { [one]: "100" });
  await openTree(b.accounts, { [two]: "100" });
});

/** Each of them at the same moment, through a ledger of its own. */
async function together(works: readonly ((ledger: Bench["ledger"]) => Promise<{ kind: string; code?: string }[]>)[]): Promise<string[]> {
  const answers = await Promise.all(works.map((work) => work(b.another())));
  return answers.map(([answer]) => answer!.code ?? answer!.kind).sort();
}

describe("one key in two trees at the same moment is used once, by", () => {
  test.each(Array.from({ length: 6 }, (_, round) => round))("settlements and releases (round %i)", async () => {
    const [a, c, d, e] = await Promise.all([hold(b.ledger, one, "5"), hold(b.ledger, two, "5"), hold(b.ledger, one, "5"), hold(b.ledger, two, "5")]);
    const key = freshName("settle");
    expect(await together([(ledger) => ledger.settleMany([settleAsk(a, "2", { key })]), (ledger) => ledger.settleMany([settleAsk(c, "2", { key })])])).toEqual([
      "idempotency.mismatch",
      "settled",
    ]);
    const other = { key: freshName("release"), at: start, note: "" };
    expect(await together([(ledger) => ledger.releaseMany([{ ...other, holdId: d }]), (ledger) => ledger.releaseMany([{ ...other, holdId: e }])])).toEqual([
      "idempotency.mismatch",
      "released",
    ]);
  });

  test("everything that changes accounts", async () => {
    const works: readonly ((account: string, key: string) => Promise<unknown>)[] = [
      (account, key) => budget.allocate(owner, { account, amount: usd("1"), through: false, reason: "more" }, key),
      (account, key) => budget.changeAccount(owner, { account, status: "frozen", reason: "audit" }, key),
      (account, key) => budget.setLimit(owner, { account, scope: "person", subject: "james", amount: usd("1"), reason: "student" }, key),
      (account, key) => budget.cut(owner, { account, amount: usd("1"), reason: "less" }, key),
    ];
    for (const work of works) {
      const key = freshName("key");
      const [left, right] = await Promise.allSettled([work(one, key), work(two, key)]);
      const refused = [left, right].filter((result) => result.status === "rejected");
      expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(["idempotency.mismatch"]);
    }
  });
});

test("absorbing overrun under a key that did something else is refused by name, and answered again under its own", async () => {
  await budget.cut(owner, { account: one, amount: usd("10"), reason: "less" }, "spent-key");
  await expect(budget.absorb(owner, { account: one, reason: "agreed" }, "spent-key")).rejects.toMatchObject({ code: "idempotency.mismatch" });
  const id = await hold(b.ledger, two, "80");
  await budget.cut(owner, { account: two, amount: usd("60"), reason: "less" }, freshName("cut"));
  await b.ledger.settleMany([settleAsk(id, "1")]);
  const key = freshName("absorb");
  await budget.absorb(owner, { account: two, reason: "agreed" }, key);
  await expect(budget.absorb(owner, { account: two, reason: "agreed" }, key)).resolves.toMatchObject({ overrun: "0.00" });
  await expect(budget.absorb(owner, { account: one, reason: "agreed" }, key)).rejects.toMatchObject({ code: "idempotency.mismatch" });
});

describe("the ledger's own keys", () => {
  test("are closed to callers, so that nobody can keep a reservation from expiring", async () => {
    const id = await hold(b.ledger, one, "5", { key: freshName("h"), expiresAt: addMs(start, milliseconds(-1)) });
    await expect(b.ledger.releaseMany([{ key: `ledger:expire:${id}`, holdId: id, at: start, note: "" }])).rejects.toMatchObject({ code: "input.invalid" });
    await expect(b.ledger.holdMany([holdAsk(one, "1", { key: `ledger:expire:${id}` })])).rejects.toMatchObject({ code: "input.invalid" });
    await b.ledger.holdMany([holdAsk(one, "1", { key: `expire:${id}` })]);
    expect(await b.ledger.expireHolds()).toBe(1);
    expect(await budget.showHold(owner, id)).toMatchObject({ state: "expired" });
  });

  test("a reservation that was renewed in time stands, and expires at its new time", async () => {
    const id = await hold(b.ledger, one, "5", { expiresAt: addMs(start, milliseconds(-1)) });
    // What expire_holds() does when the renewal comes between its look and its lock.
    await b.ledger.renewMany([{ key: freshName("renew"), holdId: id, amount: null, expiresAt: addMs(start, milliseconds(1_000)), at: start, note: "" }]);
    await bed.db.query(
      `select headgate.close_holds('expire', array[row('ledger:expire:' || $1::text, $1::uuid, now(), 'over', 'headgate', 'test')::headgate.release_ask], $2)`,
      [id, new Date(start).toISOString()],
    );
    expect(await budget.showHold(owner, id)).toMatchObject({ state: "open" });
    b.clock.advance(milliseconds(2_000));
    expect(await b.ledger.expireHolds()).toBe(1);
    expect(await budget.showHold(owner, id)).toMatchObject({ state: "expired" });
  });
});

test("freezing and moving the end at the same moment both hold: neither writes back what it did not change", async () => {
  const call = caller(b);
  await Promise.all([
    call("changeAccount", owner, { params: { name: one }, body: { status: "frozen", reason: "audit" }, key: freshName("freeze") }),
    call("changeAccount", owner, { params: { name: one }, body: { ends_at: "2099-01-01T00:00:00Z", reason: "extension" }, key: freshName("extend") }),
  ]);
  expect(await call("showAccount", owner, { params: { name: one } })).toMatchObject({ status: "frozen", ends_at: "2099-01-01T00:00:00.000Z" });
  const key = freshName("clear");
  for (const reason of ["open end", "open end"])
    await call("changeAccount", owner, { params: { name: one }, body: { ends_at: null, status: "open", reason }, key });
  expect(await call("showAccount", owner, { params: { name: one } })).toMatchObject({ status: "open", ends_at: null });
});

test("a refusal in service units does not speak of dollars", async () => {
  const name = freshName("su");
  await b.accounts.create({ name, title: null, kind: "project", parent: null, unit: "SU", allocated: usd("10"), startsAt: null, endsAt: null }, "owner", name);
  const call = caller(b);
  const placed = call("placeHold", owner, { body: { account: name, amount: "11", unit: "SU", subject: "job:1" }, key: freshName("k") });
  await expect(placed).rejects.toMatchObject({ detail: `${name} can commit 10.00 SU now; 11.00 SU was asked for` });
  const id = await hold(b.ledger, name, "5", { unit: "SU" });
  const renewed = call("renewHold", owner, { params: { id }, body: { amount: "20", note: "longer" }, key: freshName("k") });
  await expect(renewed).rejects.toMatchObject({ detail: expect.not.stringContaining("$") as string });
  await expect(budget.allocate(owner, { account: name, amount: usd("-20"), through: false, reason: "back" }, freshName("k"))).rejects.toMatchObject({
    detail: expect.not.stringContaining("$") as string,
  });
});

test("a reservation that was priced again shows the new formula, and what it was before", async () => {
  const term = {
    resource: "core" as const,
    count: 1,
    spans: [{ name: "time limit", ms: 3_600_000 }],
    times: 1,
    rate: "5",
    free: null,
    source: "test",
    dated: null,
    rounding: "up" as const,
    amount: "5.00",
  };
  const id = await hold(b.ledger, one, "5", { formula: [term] });
  const again = { ...term, rate: "7", amount: "7.00" };
  const call = caller(b);
  await call("renewHold", owner, { params: { id }, body: { amount: "7", formula: [again], note: "a dearer node" }, key: freshName("k") });
  await call("renewHold", owner, { params: { id }, body: { expires_at: "2099-01-01T00:00:00Z", note: "longer" }, key: freshName("k") });
  expect(await call("showHold", owner, { params: { id } })).toMatchObject({
    amount: "7.00",
    formula: [{ rate: "7" }],
    history: [
      { amount: "5.00", formula: [{ rate: "5" }] },
      { amount: "7.00", why: "a dearer node", formula: [{ rate: "7" }] },
      { amount: "7.00", expires_at: "2099-01-01T00:00:00.000Z" },
    ],
  });
});

test("after all of it the books add up", async () => {
  expect((await verify(bed.db, ledgerVerifications())).flatMap(({ faults }) => faults)).toEqual([]);
});
