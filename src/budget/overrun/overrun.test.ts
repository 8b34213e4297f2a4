import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verify } from "#db";
import { parseInstant, type Instant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { ledgerVerifications } from "../index.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, hold, holdAsk, inWords, openTree, settleAsk, standing, start, usd, type Bench } from "../test-tree.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;
let uni: string;
let climate: string;
let advance: string;

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
});
beforeEach(async () => {
  b.clock.set(start);
  [uni, climate, advance] = [freshName("uni"), freshName("climate"), freshName("advance")];
  await openTree(b.accounts, { [uni]: "100", [climate]: "20" });
  const account = { name: advance, kind: "advance", allocated: "6", reason: "renewal is promised", approver: "dean" };
  await call("createAccount", owner, { body: account, key: freshName("open") });
});
afterAll(() => bed.drop());

function set(account: string, policy: string, bearer: string | null = null, key = freshName("policy")): Promise<unknown> {
  return call("setOverrunPolicy", owner, { params: { name: account }, body: { policy, advance: bearer, reason: "decided" }, key });
}

async function numbers(...names: string[]): Promise<string[]> {
  const levels = await Promise.all(names.map((name) => standing(b.accounts, name)));
  return levels.map(({ spent, held, overrun }) => `${spent} spent ${held} held ${overrun} overrun`);
}

async function faults(): Promise<readonly string[]> {
  return (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);
}

const settled = async (id: string, amount: string, more: Parameters<typeof settleAsk>[2] = {}) => b.ledger.settleMany([settleAsk(id, amount, more)]);
const at = (text: string): Instant => parseInstant(text)!;

describe("a settlement beyond its reservation that does not fit", () => {
  test("is overrun where nothing is set, and where leave is set below another policy", async () => {
    for (const policy of [null, "leave"]) {
      if (policy !== null) await set(uni, "extend");
      if (policy !== null) await set(climate, policy);
      const id = await hold(b.ledger, climate, "5");
      expect(await settled(id, policy === null ? "22" : "3")).toMatchObject([{ overrun: policy === null ? usd("2") : 0n }]);
      await b.accounts.allocate({ account: climate, amount: usd("10"), through: false, reason: "more" }, "owner", freshName("more"));
    }
    expect(await faults()).toEqual([]);
  });

  test("by extend is first an explicit extension as far as money is free at every level, and overrun for the rest; once for a key", async () => {
    await set(uni, "extend");
    const id = await hold(b.ledger, climate, "5");
    await hold(b.ledger, climate, "10");
    const ask = settleAsk(id, "13");
    const [first] = await b.ledger.settleMany([ask]);
    expect(first).toMatchObject({ charged: usd("13"), returned: 0n, overrun: usd("3"), replayed: false });
    expect(await b.ledger.settleMany([ask, ask])).toEqual([
      { ...first, replayed: true },
      { ...first, replayed: true },
    ]);
    expect(await b.ledger.settleMany([{ ...ask, amount: usd("14") }])).toMatchObject([{ code: "idempotency.mismatch" }]);
    expect(await numbers(uni, climate)).toEqual(["13 spent 10 held 0 overrun", "13 spent 10 held 3 overrun"]);
    const shown = (await call("showHold", owner, { params: { id } })) as { history: { amount: string; why: string }[] };
    expect(shown.history.map(({ amount, why }) => [amount, why])).toEqual([
      ["5.00", "reserved"],
      ["10.00", `the overrun policy of ${uni} extends it`],
    ]);
    // Now that the account is overrun nothing new is committed there, so nothing is extended either.
    const other = (await call("listHolds", owner, { query: { account: climate, state: "open" } })) as { items: { id: string }[] };
    expect(await settled(other.items[0]!.id, "12")).toMatchObject([{ overrun: usd("2") }]);
    expect(await faults()).toEqual([]);
  });

  test("that fits extends nothing and moves nothing", async () => {
    for (const policy of ["extend", "advance"]) {
      await set(climate, policy, policy === "advance" ? advance : null);
      const id = await hold(b.ledger, climate, "5");
      expect(await settled(id, "7")).toMatchObject([{ charged: usd("7"), overrun: 0n }]);
      expect((await call("showHold", owner, { params: { id } })) as object).toMatchObject({ amount: "5.00", history: { length: 1 } });
    }
    expect(await numbers(climate, advance)).toEqual(["14 spent 0 held 0 overrun", "0 spent 0 held 0 overrun"]);
  });

  test("by advance goes to the advance account for what no level has room for, and what that cannot bear is overrun on it; once for a key", async () => {
    await set(uni, "advance", advance);
    const id = await hold(b.ledger, climate, "15");
    const ask = settleAsk(id, "23.000001");
    const [first] = await b.ledger.settleMany([ask]);
    expect(first).toMatchObject({ kind: "settled", charged: usd("23.000001"), returned: 0n, overrun: 0n, replayed: false });
    expect(await b.another().settleMany([ask, ask])).toEqual([
      { ...first, replayed: true },
      { ...first, replayed: true },
    ]);
    for (const amount of ["3.000001", "20", "24"])
      expect(await b.ledger.settleMany([{ ...ask, amount: usd(amount) }])).toMatchObject([{ code: "idempotency.mismatch" }]);
    expect(await numbers(uni, climate, advance)).toEqual(["20 spent 0 held 0 overrun", "20 spent 0 held 0 overrun", "3.000001 spent 0 held 0 overrun"]);
    // The policy was taken away since: the key keeps the way it went.
    await set(uni, "inherit");
    expect(await b.ledger.settleMany([ask])).toEqual([{ ...first, replayed: true }]);
    await set(climate, "advance", advance);
    await b.accounts.allocate({ account: climate, amount: usd("1"), through: false, reason: "more" }, "owner", freshName("more"));
    const next = await hold(b.ledger, climate, "1");
    expect(await settled(next, "8")).toMatchObject([{ charged: usd("8"), overrun: usd("4.000001") }]);
    expect(await numbers(uni, climate, advance)).toEqual(["21 spent 0 held 0 overrun", "21 spent 0 held 0 overrun", "10.000001 spent 0 held 4.000001 overrun"]);
    expect((await b.ledger.holdMany([holdAsk(climate, "1"), holdAsk(advance, "1")])).map(inWords)).toEqual([
      `refused budget.insufficient ${climate} 0`,
      `refused budget.overrun ${advance} 0`,
    ]);
    expect(await faults()).toEqual([]);
  });

  test("of many from two servers at once is charged once each: what is spent on all accounts is what all cost", async () => {
    await set(climate, "advance", advance);
    const ids = await Promise.all(Array.from({ length: 20 }, () => hold(b.ledger, climate, "1")));
    const asks = ids.map((id, index) => settleAsk(id, index % 2 === 0 ? "2.5" : "0.5"));
    const other = b.another();
    await Promise.all(asks.flatMap((ask, index) => [b.ledger.settleMany([ask]), other.settleMany(asks.slice(index, index + 3))]));
    const [account, bearer] = await Promise.all([standing(b.accounts, climate), standing(b.accounts, advance)]);
    expect(account.spent + bearer.spent).toBe(30);
    expect(account).toMatchObject({ held: 0, overrun: 0 });
    await other.close();
    expect(await faults()).toEqual([]);
  });
});

test("late costs go to the late fund in full, the others by the policy, each with its indirect cost, in one call", async () => {
  const fund = freshName("late");
  await openTree(b.accounts, { [fund]: "1000" });
  const award = {
    number: freshName("ATM"),
    account: climate,
    agency: "NSF",
    title: "Isotopes",
    pi: "Dr Li",
    starts_on: "2026-01-01",
    ends_on: "2026-12-31",
    total: "900",
  };
  await call("createAward", owner, { body: { ...award, late_account: fund, closeout_days: 90 }, key: freshName("award") });
  const rate = { class: "compute", rate: "0.5", exempt: null, dated: "2026-01-01", agreement: "2025", approver: "dean", reason: "agreed" };
  await call("setIndirect", owner, { params: { number: award.number }, body: rate, key: freshName("rate") });
  await set(climate, "advance", advance);
  const indirect = { award: award.number, class: "compute", rate: 500_000 };
  const [inTime, late] = [await hold(b.ledger, climate, "9", { indirect }), await hold(b.ledger, climate, "9", { indirect })];
  const asks = [settleAsk(inTime, "14.000001"), settleAsk(late, "8", { at: at("2027-02-01T00:00:00Z") })];
  const first = await b.ledger.settleMany(asks);
  // 9 reserved and 2 free are room for 7.333333 with half of it; the rest of the direct cost is the advance account's.
  expect(first).toMatchObject([
    { charged: usd("14.000001"), overrun: usd("0.666668") },
    { charged: usd("8"), overrun: 0n },
  ]);
  expect((await b.ledger.settleMany([...asks].reverse())).map((one) => one.kind === "settled" && [one.charged, one.replayed])).toEqual([
    [usd("8"), true],
    [usd("14.000001"), true],
  ]);
  const account = await standing(b.accounts, climate);
  expect([account.spent, account.held, account.overrun]).toEqual([10.999999, 0, 0]);
  expect(await numbers(advance, fund)).toEqual(["6.666668 spent 0 held 0.666668 overrun", "8 spent 0 held 0 overrun"]);
  expect(await faults()).toEqual([]);
});

test("what a refund policy gives back is given back of both parts", async () => {
  await set(climate, "advance", advance);
  await call("setRefundRule", owner, { params: { name: uni }, body: { state: "NODE_FAIL", share: "0.5", reason: "broken nodes" }, key: freshName("rule") });
  const id = await hold(b.ledger, climate, "20");
  expect(await settled(id, "24", { endState: "NODE_FAIL" })).toMatchObject([{ charged: usd("24"), refunded: usd("12") }]);
  expect(await numbers(climate, advance)).toEqual(["10 spent 0 held 0 overrun", "2 spent 0 held 0 overrun"]);
  expect(await faults()).toEqual([]);
});

describe("an overrun policy", () => {
  test("is set once for its key, names an advance account of the same unit outside the account's path, and is listed from the nearest on", async () => {
    const key = freshName("policy");
    const first = await set(climate, "advance", advance, key);
    expect(first).toMatchObject({ account: climate, policy: "advance", advance, person: "owner", reason: "decided" });
    expect(await set(climate, "advance", advance, key)).toEqual(first);
    await expect(set(climate, "extend", null, key)).rejects.toMatchObject({ code: "idempotency.mismatch" });
    await expect(set(climate, "advance", uni)).rejects.toMatchObject({ code: "budget.advance-kind" });
    await expect(set(climate, "advance")).rejects.toThrow("is named with the policy advance");
    await expect(set(climate, "advance", freshName("none"))).rejects.toMatchObject({ code: "budget.account-unknown" });
    await expect(set(advance, "advance", advance)).rejects.toMatchObject({ code: "budget.unit-mismatch" });
    await expect(
      call("setOverrunPolicy", { name: "tom", admin: false }, { params: { name: climate }, body: { policy: "leave", reason: "x" }, key: freshName("k") }),
    ).rejects.toMatchObject({
      code: "budget.account-unknown",
    });
    await set(uni, "extend");
    const list = (await call("listOverrunPolicies", owner, { query: { account: climate } })) as { items: { account: string; policy: string }[] };
    expect(list.items.map(({ account, policy }) => [account, policy])).toEqual([
      [climate, "advance"],
      [uni, "extend"],
    ]);
  });

  test.each([
    ["update headgate.overrun_policy set policy = 'leave', advance_id = null where policy = 'advance'", "differs from what was decided"],
    ["delete from headgate.overrun_policy", "was decided and is not there"],
    ["update headgate.journal_transaction set key = key || 'x' where kind = 'settle'", "for a settlement that is not there"],
  ])("is proven by verify: %s", async (damage, words) => {
    await set(climate, "advance", advance);
    await settled(await hold(b.ledger, climate, "20"), "21");
    expect((await foundIn(bed.db, damage)).join("\n")).toContain(words);
  });
});

describe("an advance account", () => {
  test("is opened with a reason and an approver, in the journal, and is shown as at risk; other accounts need neither", async () => {
    expect(await call("showAccount", owner, { params: { name: advance } })).toMatchObject({
      kind: "advance",
      at_risk: { reason: "renewal is promised", approver: "dean" },
    });
    expect(await call("showAccount", owner, { params: { name: climate } })).toMatchObject({ at_risk: null });
    const journal = (await call("listJournal", owner, { query: { account: advance } })) as { items: { kind: string; why: string }[] };
    expect(journal.items.find(({ kind }) => kind === "open")).toMatchObject({ why: "renewal is promised" });
    for (const part of [{}, { reason: "x" }, { approver: "dean" }]) {
      const body = { name: freshName("advance"), kind: "advance", ...part };
      await expect(call("createAccount", owner, { body, key: freshName("open") })).rejects.toThrow("at risk");
    }
    const bare = { name: freshName("advance"), title: null, kind: "advance", parent: null, allocated: usd("0"), startsAt: null, endsAt: null } as const;
    await expect(b.accounts.create(bare, "owner", freshName("open"))).rejects.toMatchObject({ code: "budget.advance-approval" });
    expect(await faults()).toEqual([]);
  });
});
