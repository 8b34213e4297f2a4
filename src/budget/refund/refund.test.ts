import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, micros, milliseconds, seededRandomness, type Instant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { createAward, setIndirect } from "../award/store.ts";
import { setFundPlan } from "../fund/store.ts";
import type { SettleAsk } from "../ledger-types.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, hold, openTree, settleAsk, standing, start, usd, type Bench } from "../test-tree.ts";
import { ledgerVerifications } from "../verify-store.ts";
import { END_STATES, type EndState } from "./contract.ts";
import { refundOf, ruleFor, type RefundRule } from "./refund.ts";
import { setRefundRule } from "./store.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;
let uni: string;
let climate: string;
let keys = 0;
beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
});
afterAll(() => bed.drop());
beforeEach(async () => {
  b.clock.set(start);
  [uni, climate] = [freshName("uni"), freshName("climate")];
  await openTree(b.accounts, { [uni]: "1000", [climate]: "100" });
});

const later: Instant = addMs(start, milliseconds(3_600_000));

async function decide(account: string, state: EndState, share: string | null, more: { key?: string; reason?: string } = {}): Promise<unknown> {
  keys += 1;
  const body = { state, share, reason: more.reason ?? "not the user's doing" };
  return call("setRefundRule", owner, { params: { name: account }, body, key: more.key ?? `rule-${keys}` });
}

const ended = (id: string, amount: string, endState: EndState | null, more: Partial<SettleAsk> = {}) => settleAsk(id, amount, { at: later, endState, ...more });

async function faults(): Promise<string[]> {
  return (await verify(bed.db, ledgerVerifications())).flatMap((result) => [...result.faults]);
}

type Row = { kind: string; key: string; amount: bigint; mends: bigint | null; why: string; by_person: string; approver: string | null };
function journalOf(account: string): Promise<Row[]> {
  return bed.db.query<Row>(
    `select t.kind, t.key, t.amount, t.mends, t.why, t.by_person, t.detail ->> 'approver' as approver from headgate.journal_transaction t
     join headgate.account a on a.id = t.account_id where a.name = $1 and t.kind in ('settle', 'charge', 'refund') order by t.number`,
    [account],
  );
}

describe("what a rule says of an end state", () => {
  test("is refunded with the settlement, beside a charge that stays, once however often it is asked", async () => {
    await decide(uni, "NODE_FAIL", "1", { reason: "broken nodes are ours" });
    const id = await hold(b.ledger, climate, "10");
    const ask = ended(id, "4", "NODE_FAIL");
    const answer = { kind: "settled", charged: usd("4"), returned: usd("6"), overrun: 0n, refunded: usd("4"), replayed: false };
    expect(await b.ledger.settleMany([ask])).toEqual([answer]);
    expect(await b.ledger.settleMany([ask])).toEqual([{ ...answer, replayed: true }]);
    const [settled, refund, ...rest] = await journalOf(climate);
    expect(rest).toEqual([]);
    expect(settled).toMatchObject({ kind: "settle", amount: usd("4") });
    expect(refund).toMatchObject({ kind: "refund", key: `refunded:${ask.key}`, amount: usd("4"), by_person: "headgate", approver: "owner" });
    expect(refund!.why).toBe(`ended as NODE_FAIL, of which ${uni} gives back 100%: broken nodes are ours`);
    expect(refund!.mends).not.toBeNull();
    expect(await standing(b.accounts, climate)).toMatchObject({ spent: 0, held: 0, overrun: 0 });
    expect(await standing(b.accounts, uni)).toMatchObject({ spent: 0, held: 0, overrun: 0 });
    expect(await faults()).toEqual([]);
  });

  test("leaves other ends, ends that nobody said, and a share that comes to nothing as they are", async () => {
    await decide(climate, "NODE_FAIL", "0.000001");
    await decide(climate, "TIMEOUT", "0");
    const ids = await Promise.all(["1", "1", "1", "1"].map((amount) => hold(b.ledger, climate, amount)));
    const asks = [ended(ids[0]!, "1", "FAILED"), ended(ids[1]!, "1", null), ended(ids[2]!, "0.4", "NODE_FAIL"), ended(ids[3]!, "1", "TIMEOUT")];
    expect((await b.ledger.settleMany(asks)).map((answer) => answer.kind === "settled" && answer.refunded)).toEqual([0n, 0n, 0n, 0n]);
    expect((await journalOf(climate)).map(({ kind }) => kind)).toEqual(["settle", "settle", "settle", "settle"]);
    expect(await faults()).toEqual([]);
  });

  test("holds for work that ends from then on, and what was settled before refunds nothing when it is asked again", async () => {
    const [early, again] = [await hold(b.ledger, climate, "5"), await hold(b.ledger, climate, "5")];
    const settledBefore = ended(again, "5", "PREEMPTED", { at: addMs(later, milliseconds(1_000)) });
    await b.ledger.settleMany([settledBefore]);
    b.clock.set(later);
    await decide(climate, "PREEMPTED", "0.5");
    expect(await b.ledger.settleMany([settledBefore, ended(early, "5", "PREEMPTED", { at: start })])).toMatchObject([
      { refunded: 0n, replayed: true },
      { refunded: 0n, replayed: false },
    ]);
    expect(await standing(b.accounts, climate)).toMatchObject({ spent: 10 });
    expect(await faults()).toEqual([]);
  });

  test("is that of the nearest account, until it lets those above decide again", async () => {
    await decide(uni, "SPOT_INTERRUPTED", "1");
    await decide(climate, "SPOT_INTERRUPTED", "0.25");
    const refunded = async () => {
      const [answer] = await b.ledger.settleMany([ended(await hold(b.ledger, climate, "2"), "2", "SPOT_INTERRUPTED")]);
      return answer?.kind === "settled" ? answer.refunded : null;
    };
    expect(await refunded()).toBe(usd("0.5"));
    await decide(climate, "SPOT_INTERRUPTED", null);
    expect(await refunded()).toBe(usd("2"));
    await decide(climate, "SPOT_INTERRUPTED", "0");
    expect(await refunded()).toBe(0n);
    expect(await faults()).toEqual([]);
  });

  test("lowers the overrun that its charge brought", async () => {
    await decide(climate, "NODE_FAIL", "0.5");
    const id = await hold(b.ledger, climate, "100");
    expect(await b.ledger.settleMany([ended(id, "130", "NODE_FAIL")])).toMatchObject([{ overrun: usd("30"), refunded: usd("65") }]);
    expect(await standing(b.accounts, climate)).toMatchObject({ spent: 65, held: 0, overrun: 0 });
    expect(await faults()).toEqual([]);
  });

  test("is refunded of a charge without a reservation, too", async () => {
    await decide(climate, "NODE_FAIL", "0.5");
    const ask = {
      key: freshName("charge"),
      account: climate,
      amount: usd("3"),
      person: "maria",
      subject: "job:1",
      figure: "metered",
      at: later,
      note: "",
    } as const;
    const charged = await b.ledger.chargeMany([{ ...ask, detail: { end_state: "NODE_FAIL" } }]);
    expect(await b.ledger.chargeMany([{ ...ask, detail: { end_state: "NODE_FAIL" } }])).toMatchObject([{ kind: "charged", replayed: true }]);
    expect(charged).toMatchObject([{ kind: "charged", charged: usd("3") }]);
    expect((await journalOf(climate)).map(({ kind, amount }) => [kind, amount])).toEqual([
      ["charge", usd("3")],
      ["refund", usd("1.5")],
    ]);
    expect(await faults()).toEqual([]);
  });

  test("another end under the same key is another settlement", async () => {
    const id = await hold(b.ledger, climate, "5");
    await b.ledger.settleMany([ended(id, "5", "FAILED")]);
    expect(await b.ledger.settleMany([ended(id, "5", "NODE_FAIL")])).toMatchObject([{ kind: "refused", code: "idempotency.mismatch" }]);
  });
});

test("indirect cost is given back by the same share, and a late fund what it was charged", async () => {
  const by = { person: "owner", source: "test", now: start };
  const late = freshName("late");
  await b.accounts.create(
    { name: late, title: null, kind: "department", parent: uni, allocated: usd("50"), startsAt: null, endsAt: null },
    "owner",
    `open:${late}`,
  );
  const terms = { agency: "NSF", title: "Isotopes", pi: "Dr Li", startsOn: "2026-01-01", endsOn: "2026-11-30", total: usd("10"), periodMonths: 12 } as const;
  const award = {
    ...terms,
    number: freshName("ATM"),
    account: climate,
    carry: "carry-over",
    through: false,
    lateAccount: late,
    closeoutDays: 0,
    facts: {},
  } as const;
  await createAward(bed.db, award, { key: freshName("award"), approver: null, reason: "letter" }, by);
  const rate = { class: "compute", rate: 500_000, exempt: null, dated: "2026-01-01", agreement: "2024", approver: "dean" };
  await setIndirect(bed.db, award.number, rate, { key: freshName("rate"), reason: "agreement" }, by);
  await decide(climate, "NODE_FAIL", "0.5");
  const indirect = { award: award.number, class: "compute", rate: 500_000 };
  const [inTime, tooLate] = [await hold(b.ledger, climate, "6", { indirect }), await hold(b.ledger, climate, "6", { indirect })];
  const outside = addMs(start, milliseconds(30 * 86_400_000));
  const asks = [ended(inTime, "4", "NODE_FAIL"), ended(tooLate, "4", "NODE_FAIL", { at: outside })];
  const answers = await b.ledger.settleMany(asks);
  expect(answers).toMatchObject([
    { charged: usd("4"), refunded: usd("2") },
    { charged: usd("4"), refunded: usd("2") },
  ]);
  expect(await b.ledger.settleMany(asks)).toMatchObject(answers.map((answer) => ({ ...answer, replayed: true })));
  expect((await journalOf(climate)).map(({ kind, amount }) => `${kind} ${Number(amount) / 1e6}`)).toEqual([
    "settle 4",
    "charge 2",
    "refund 2",
    "refund 1",
    "settle 0",
  ]);
  expect((await journalOf(late)).map(({ kind, amount }) => `${kind} ${Number(amount) / 1e6}`)).toEqual(["charge 4", "refund 2"]);
  expect(await standing(b.accounts, climate)).toMatchObject({ spent: 3, held: 0 });
  expect(await standing(b.accounts, late)).toMatchObject({ spent: 2 });
  expect(await faults()).toEqual([]);
});

test("what several funds paid is given back to each, as the account decided that the work was for", async () => {
  const grant = freshName("grant");
  await b.accounts.create(
    { name: grant, title: null, kind: "project", parent: uni, allocated: usd("50"), startsAt: null, endsAt: null },
    "owner",
    `open:${grant}`,
  );
  const funds = [climate, grant].map((account) => ({ account, share: 500_000 }));
  await setFundPlan(bed.db, { account: climate, mode: "share", funds }, freshName("plan"), "two grants", { person: "owner", source: "test", now: start });
  await decide(climate, "NODE_FAIL", "0.5");
  await decide(grant, "NODE_FAIL", "0");
  const ask = ended(await hold(b.ledger, climate, "10"), "8", "NODE_FAIL");
  expect(await b.ledger.settleMany([ask])).toMatchObject([{ charged: usd("8"), refunded: usd("4"), replayed: false }]);
  expect(await b.ledger.settleMany([ask])).toMatchObject([{ charged: usd("8"), refunded: usd("4"), replayed: true }]);
  expect(await standing(b.accounts, climate)).toMatchObject({ spent: 2, held: 0 });
  expect(await standing(b.accounts, grant)).toMatchObject({ spent: 2, held: 0 });
  expect(await faults()).toEqual([]);
});

test("of many who settle and decide at once, each settlement is refunded by what the journal had before it", async () => {
  const ids = await Promise.all(Array.from({ length: 24 }, () => hold(b.ledger, climate, "1")));
  const other = b.another();
  const by = { person: "owner", source: "test", now: start };
  await Promise.all([
    ...ids.map((id, index) => (index % 2 === 0 ? b.ledger : other).settleMany([ended(id, "1", "BOOT_FAIL")])),
    ...ids.map((id) => other.settleMany([ended(id, "1", "BOOT_FAIL")])),
    ...["1", "2", "3"].map((key) => setRefundRule(bed.db, { account: climate, state: "BOOT_FAIL", share: 500_000 }, `${climate}:${key}`, "x", by)),
  ]);
  await other.close();
  expect(await faults()).toEqual([]);
  const rows = await journalOf(climate);
  expect(rows.filter(({ kind }) => kind === "settle")).toHaveLength(24);
  expect(await standing(b.accounts, climate)).toMatchObject({ spent: 24 - rows.filter(({ kind }) => kind === "refund").length / 2, held: 0 });
});

test("what is given back of a cost is free for the next of the same call, as for one that comes by itself", async () => {
  await decide(uni, "NODE_FAIL", "1");
  const [first, second] = [await hold(b.ledger, climate, "1"), await hold(b.ledger, climate, "1")];
  expect(
    await b.ledger.settleMany([ended(first, "95", "NODE_FAIL"), ended(second, "20", "COMPLETED"), ended(second, "60", null, { attempt: 2 })]),
  ).toMatchObject([
    { charged: usd("95"), overrun: 0n, refunded: usd("95") },
    { charged: usd("20"), overrun: 0n, refunded: 0n },
    { charged: usd("60"), overrun: 0n, refunded: 0n },
  ]);
  const bill = (key: string, amount: string, endState: EndState) => ({
    key: `${climate}:${key}`,
    account: climate,
    amount: usd(amount),
    person: "maria",
    subject: "cluster:alps",
    figure: "billed" as const,
    at: later,
    note: "a row",
    detail: { end_state: endState },
  });
  expect(await b.ledger.chargeMany([bill("broken", "90", "NODE_FAIL"), bill("whole", "15", "COMPLETED")])).toMatchObject([
    { charged: usd("90"), overrun: usd("70") },
    { charged: usd("15"), overrun: 0n },
  ]);
  expect(await standing(b.accounts, climate)).toMatchObject({ spent: 95, held: 0, overrun: 0 });
  expect(await faults()).toEqual([]);
});

test("over HTTP rules are set by administrators, listed for who sees the account, and told by the journal", async () => {
  const first = await decide(climate, "OUT_OF_MEMORY", "0.125", { key: "once-more" });
  expect(first).toEqual({
    account: climate,
    ordinal: 1,
    state: "OUT_OF_MEMORY",
    share: "0.125",
    since: "2026-11-21T12:00:00.000Z",
    reason: "not the user's doing",
    person: "owner",
  });
  expect(await decide(climate, "OUT_OF_MEMORY", "0.125", { key: "once-more" })).toEqual(first);
  await expect(decide(climate, "OUT_OF_MEMORY", "0.5", { key: "once-more" })).rejects.toMatchObject({ code: "idempotency.mismatch" });
  await expect(decide("nowhere", "FAILED", "0.5")).rejects.toMatchObject({ code: "budget.account-unknown" });
  await decide(uni, "NODE_FAIL", "1");
  await decide(climate, "OUT_OF_MEMORY", null);
  const list = async (query: object) =>
    (
      (await call("listRefundRules", owner, { query: { account: climate, ...query } })) as { items: { account: string; state: string; share: string | null }[] }
    ).items.map(({ account, state, share }) => `${account} ${state} ${share ?? "as above"}`);
  expect(await list({})).toEqual([`${uni} NODE_FAIL 1.00`]);
  expect(await list({ all: "true" })).toEqual([`${climate} OUT_OF_MEMORY as above`, `${climate} OUT_OF_MEMORY 0.125`, `${uni} NODE_FAIL 1.00`]);
  const page = (await call("listRefundRules", owner, { query: { account: climate, all: "true", limit: "1" } })) as { next: string };
  expect(await list({ all: "true", cursor: page.next })).toHaveLength(2);
  const [decided] = await bed.db.query<{ kind: string }>("select kind from headgate.journal_transaction where key = 'http:once-more'");
  expect(decided).toEqual({ kind: "policy" });
  const id = await hold(b.ledger, climate, "5");
  const body = { attempt: 1, amount: "3", end_state: "NODE_FAIL" };
  expect(await call("settleHold", owner, { params: { id }, body, key: `settle-${id}` })).toEqual({
    charged: "3.00",
    returned: "2.00",
    overrun: "0.00",
    refunded: "3.00",
    replayed: false,
  });
});

describe("is found by verify when", () => {
  let rules: string;
  beforeEach(async () => {
    await decide(climate, "NODE_FAIL", "0.5");
    await b.ledger.settleMany([ended(await hold(b.ledger, climate, "2"), "2", "NODE_FAIL")]);
    rules = `account_id = (select id from headgate.account where name = '${climate}')`;
  });

  test.each([
    ["a rule says another share", () => `update headgate.refund_rule set share = 400000 where ${rules}`, "differs from what was decided"],
    ["a rule is gone", () => `delete from headgate.refund_rule where ${rules}`, "decided a refund rule that is not there"],
    [
      "a rule holds from another moment on",
      () => `update headgate.refund_rule set since = since - interval '1 day' where ${rules}`,
      "differs from what was decided",
    ],
    [
      "a refund is another share",
      () => `update headgate.journal_transaction set amount = amount - 1 where kind = 'refund' and ${rules}`,
      "another share than its rule says",
    ],
    [
      "a refund is missing",
      () => `delete from headgate.journal_transaction where kind = 'refund' and ${rules}`,
      "was not refunded as the rule for its end state says",
    ],
  ])("%s", async (_what, damage, words) => {
    expect((await foundIn(bed.db, damage())).join("\n")).toContain(words);
  });
});

test("the rule and the SQL agree on random policies, ends and amounts", async () => {
  const dice = seededRandomness(4711);
  const lab = freshName("lab");
  await b.accounts.create(
    { name: lab, title: null, kind: "person", parent: climate, allocated: usd("100"), startsAt: null, endsAt: null },
    "owner",
    `open:${lab}`,
  );
  const path = [lab, climate, uni];
  const rules: RefundRule[] = [];
  for (let round = 0; round < 60; round += 1) {
    const state = END_STATES[dice.below(3)]!;
    if (dice.below(3) === 0) {
      const account = path[dice.below(3)]!;
      const share = dice.below(5) === 0 ? null : dice.below(1_000_001);
      b.clock.set(addMs(b.clock.now(), milliseconds(1_000)));
      const by = { person: "owner", source: "test", now: b.clock.now() };
      await setRefundRule(bed.db, { account, state, share }, `${lab}:${round}`, "dice", by);
      rules.push({ account, ordinal: rules.length + 1, state, share, since: b.clock.now(), reason: "dice", person: "owner" });
      continue;
    }
    const amount = micros(BigInt(dice.below(1_000)));
    const at = addMs(start, milliseconds(dice.below(30_000)));
    const [answer] = await b.ledger.settleMany([ended(await hold(b.ledger, lab, "0.001"), "0", state, { amount, at })]);
    const rule = ruleFor(rules, path, state, at);
    expect(answer, `round ${round}`).toMatchObject({ kind: "settled", refunded: rule === null ? 0n : refundOf(amount, rule.share ?? 0) });
  }
  expect(await faults()).toEqual([]);
});
