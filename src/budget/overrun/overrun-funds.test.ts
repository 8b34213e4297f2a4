import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { verify } from "#db";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { ledgerVerifications } from "../index.ts";
import { setFundPlan } from "../fund/store.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { bench, freshName, hold, inWords, holdAsk, openTree, settleAsk, standing, start, usd, type Bench } from "../test-tree.ts";

/* Costs that do not fit, of work that is paid from several funds: each fund's own policy decides about its part, and the account of the work about refunds. */

let bed: FreshDatabase;
let b: Bench;
let call: Call;
let work: string;
let small: string;
let large: string;
let advance: string;

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
});
beforeEach(async () => {
  [work, small, large, advance] = [freshName("work"), freshName("small"), freshName("large"), freshName("advance")];
  for (const [name, limit] of Object.entries({ [work]: "0", [small]: "4", [large]: "10" })) await openTree(b.accounts, { [name]: limit });
  const account = { name: advance, kind: "advance", allocated: "6", reason: "renewal is promised", approver: "dean" };
  await call("createAccount", owner, { body: account, key: freshName("open") });
});
afterAll(() => bed.drop());

async function paidBy(mode: "order" | "share"): Promise<void> {
  const share = mode === "share" ? 500_000 : null;
  const funds = [small, large].map((account) => ({ account, share }));
  await setFundPlan(bed.db, { account: work, mode, funds }, freshName("plan"), "two funds", { person: "owner", source: "test", now: start });
}

async function set(account: string, policy: string, bearer: string | null = null): Promise<void> {
  await call("setOverrunPolicy", owner, { params: { name: account }, body: { policy, advance: bearer, reason: "decided" }, key: freshName("policy") });
}

async function numbers(...names: string[]): Promise<string[]> {
  const levels = await Promise.all(names.map((name) => standing(b.accounts, name)));
  return levels.map(({ spent, held, overrun }) => `${spent} spent ${held} held ${overrun} overrun`);
}

async function faults(): Promise<readonly string[]> {
  return (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);
}

test("in order, what goes beyond all parts extends the last one as far as its fund has money, by the policy of that fund; the rest is overrun there", async () => {
  await paidBy("order");
  await set(work, "leave");
  await set(large, "extend");
  const ask = settleAsk(await hold(b.ledger, work, "6"), "16");
  const [first] = await b.ledger.settleMany([ask]);
  expect(first).toMatchObject({ kind: "settled", charged: usd("16"), returned: 0n, overrun: usd("2"), replayed: false });
  expect(await b.another().settleMany([ask])).toEqual([{ ...first, replayed: true }]);
  expect(await numbers(work, small, large)).toEqual(["0 spent 0 held 0 overrun", "4 spent 0 held 0 overrun", "12 spent 0 held 2 overrun"]);
  const extended = await bed.db.query("select amount from headgate.journal_transaction where kind = 'reprice' and key like 'ledger:extend:%' || $1", [ask.key]);
  expect(extended).toEqual([{ amount: usd("8") }]);
  expect(inWords((await b.ledger.holdMany([holdAsk(work, "1")]))[0])).toContain("refused");
  expect(await faults()).toEqual([]);
});

test("by share, one part goes to the advance account for what its fund has no room for, and the other fits; once for a key", async () => {
  await paidBy("share");
  await set(small, "advance", advance);
  const ask = settleAsk(await hold(b.ledger, work, "8"), "11");
  const other = b.another();
  const answers = await Promise.all([b.ledger.settleMany([ask]), other.settleMany([ask]), b.ledger.settleMany([ask])]);
  await other.close();
  const told = answers.flat();
  expect(told.map((answer) => ({ ...answer, replayed: null }))).toEqual(
    Array.from({ length: 3 }, () => ({ kind: "settled", charged: usd("11"), returned: 0n, overrun: 0n, refunded: 0n, replayed: null })),
  );
  expect(told.filter((answer) => answer.kind === "settled" && !answer.replayed)).toHaveLength(1);
  expect(await b.ledger.settleMany([{ ...ask, amount: usd("9.5") }])).toMatchObject([{ code: "idempotency.mismatch" }]);
  expect(await numbers(small, large, advance)).toEqual(["4 spent 0 held 0 overrun", "5.5 spent 0 held 0 overrun", "1.5 spent 0 held 0 overrun"]);
  expect(await faults()).toEqual([]);
});

test("what is given back by how the work ended is given back of all parts as the account of the work decided, of the advance account's, too", async () => {
  await paidBy("share");
  await set(small, "advance", advance);
  const rule = (account: string, share: string) =>
    call("setRefundRule", owner, { params: { name: account }, body: { state: "NODE_FAIL", share, reason: "broken nodes" }, key: freshName("rule") });
  await rule(work, "0.5");
  await rule(small, "1");
  const ask = settleAsk(await hold(b.ledger, work, "8"), "11", { endState: "NODE_FAIL" });
  const [first] = await b.ledger.settleMany([ask]);
  expect(first).toMatchObject({ charged: usd("11"), refunded: usd("5.5") });
  expect(await b.ledger.settleMany([ask])).toEqual([{ ...first, replayed: true }]);
  expect(await numbers(small, large, advance)).toEqual(["2 spent 0 held 0 overrun", "2.75 spent 0 held 0 overrun", "0.75 spent 0 held 0 overrun"]);
  expect(await faults()).toEqual([]);
});
