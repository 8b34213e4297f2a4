import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, milliseconds, micros, type Micros } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { bench, freshName, hold, holdAsk, inWords, openTree, settleAsk, standing, start, usd, type Bench } from "../test-tree.ts";
import { ledgerVerifications } from "../verify-store.ts";
import { byShares, decideFunds, parseShare, shareToText } from "./fund.ts";
import { partsOf } from "./store.ts";

describe("an amount by shares", () => {
  test("is divided without rest, whatever the amount, and no part is negative", () => {
    const plans = [
      [500_000, 500_000],
      [333_333, 333_333, 333_334],
      [200_000, 200_000, 200_000, 200_000, 200_000],
      [1, 999_999],
    ];
    for (const shares of plans)
      for (let amount = 0n; amount < 60n; amount += 1n) {
        const parts = byShares(micros(amount), shares);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount);
        expect(parts.every((part) => part >= 0n)).toBe(true);
      }
  });

  test("is written as a percentage", () => {
    expect(["60%", "62.5%", "0.0001%", "100%"].map(parseShare)).toEqual([600_000, 625_000, 1, 1_000_000]);
    expect(["0%", "101%", "60", "1.23456%", "-1%"].map(parseShare)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect([600_000, 625_000, 1].map(shareToText)).toEqual(["60%", "62.5%", "0.0001%"]);
  });
});

describe("a job out of several funds", () => {
  let bed: FreshDatabase;
  let b: Bench;
  let call: Call;
  let keys = 0;
  beforeAll(async () => {
    bed = await freshDatabase();
    b = bench(bed.db);
    call = caller(b);
  });
  afterAll(() => bed.drop());

  const key = () => `fund-${(keys += 1)}`;
  type Funds = { readonly project: string; readonly funds: readonly string[] };
  /** A project and three funds of 5, 10 and 20 dollars below one department. */
  async function site(): Promise<Funds> {
    const department = freshName("department");
    await openTree(b.accounts, { [department]: "100" });
    const names = ["project", "first", "second", "third"].map((name) => freshName(name));
    for (const [index, name] of names.entries())
      await b.accounts.create(
        { name, title: null, kind: "project", parent: department, allocated: usd(["0", "5", "10", "20"][index]!), startsAt: null, endsAt: null },
        "owner",
        `open:${name}`,
      );
    const [project = "", ...funds] = names;
    return { project, funds };
  }
  const inOrder = ({ project, funds }: Funds, by = key()) =>
    call("setFunds", owner, {
      params: { name: project },
      body: { mode: "order", funds: funds.map((account) => ({ account })), reason: "grant first" },
      key: by,
    });
  const byShare = ({ project, funds }: Funds, shares: readonly string[]) =>
    call("setFunds", owner, {
      params: { name: project },
      body: { mode: "share", funds: shares.map((share, index) => ({ account: funds[index]!, share })), reason: "joint" },
      key: key(),
    });
  const ask = (account: string, amount: string, more: Parameters<typeof holdAsk>[2] = {}) => holdAsk(account, amount, more);
  const held = (names: readonly string[]) => Promise.all(names.map(async (name) => (await standing(b.accounts, name)).held));
  const spent = (names: readonly string[]) => Promise.all(names.map(async (name) => (await standing(b.accounts, name)).spent));
  const faults = async () => (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);

  test("takes from the first fund what it has, the rest from the next, and gives back in full when it is released", async () => {
    const s = await site();
    expect(await inOrder(s)).toMatchObject({ account: s.project, mode: "order" });
    const asked = ask(s.project, "12");
    const [answer] = await b.ledger.holdMany([asked]);
    expect(answer).toMatchObject({ kind: "granted", amount: usd("12"), replayed: false });
    if (answer?.kind !== "granted") return;
    expect(await held(s.funds)).toEqual([5, 7, 0]);
    expect(await b.ledger.holdMany([asked])).toEqual([{ ...answer, replayed: true }]);
    expect((await b.ledger.holdMany([{ ...asked, amount: usd("11") }])).map(inWords)).toEqual([`refused idempotency.mismatch ${s.project} 0`]);
    const release = { key: key(), holdId: answer.holdId, at: start, note: "" };
    expect(await b.ledger.releaseMany([release])).toEqual([{ kind: "released", returned: usd("12"), replayed: false }]);
    expect(await b.ledger.releaseMany([release])).toEqual([{ kind: "released", returned: usd("12"), replayed: true }]);
    expect(await held(s.funds)).toEqual([0, 0, 0]);
    expect(await faults()).toEqual([]);
  });

  test("is charged in the same order, gives back the rest, once", async () => {
    const s = await site();
    await inOrder(s);
    const id = await hold(b.ledger, s.project, "20");
    expect(await held(s.funds)).toEqual([5, 10, 5]);
    const part = settleAsk(id, "6", { final: false, frees: usd("4") });
    expect(await b.ledger.settleMany([part])).toEqual([{ kind: "settled", charged: usd("6"), returned: usd("4"), overrun: 0n, refunded: 0n, replayed: false }]);
    expect([await spent(s.funds), await held(s.funds)]).toEqual([
      [5, 1, 0],
      [0, 9, 1],
    ]);
    const last = settleAsk(id, "2.5", { attempt: 2 });
    const answers = [await b.ledger.settleMany([last]), await b.ledger.settleMany([part]), await b.ledger.settleMany([last])];
    expect(answers.flat().map((one) => (one.kind === "settled" ? [one.charged, one.returned, one.replayed] : one.code))).toEqual([
      [usd("2.5"), usd("7.5"), false],
      [usd("6"), usd("4"), true],
      [usd("2.5"), usd("7.5"), true],
    ]);
    expect([await spent(s.funds), await held(s.funds)]).toEqual([
      [5, 3.5, 0],
      [0, 0, 0],
    ]);
    expect(await b.ledger.settleMany([{ ...last, amount: usd("3") }])).toEqual([{ kind: "refused", code: "idempotency.mismatch" }]);
    expect(await b.ledger.settleMany([{ ...last, key: key() }])).toEqual([{ kind: "refused", code: "budget.attempt-charged" }]);
    expect(await faults()).toEqual([]);
  });

  describe("in one call with others", () => {
    const told = (answers: Awaited<ReturnType<Bench["ledger"]["settleMany"]>>) =>
      answers.map((one) => (one.kind === "settled" ? [one.charged, one.returned, one.replayed] : one.code));

    test("a charge that comes again is told as it was, though another key tries the same attempt before it", async () => {
      const s = await site();
      await inOrder(s);
      const id = await hold(b.ledger, s.project, "20");
      const first = settleAsk(id, "7");
      expect(told(await b.ledger.settleMany([first]))).toEqual([[usd("7"), usd("13"), false]]);
      expect(told(await b.ledger.settleMany([settleAsk(id, "7", { key: key() }), first]))).toEqual(["budget.attempt-charged", [usd("7"), usd("13"), true]]);
      expect(await faults()).toEqual([]);
    });

    test("a charge that comes again takes nothing from the parts a second time", async () => {
      const s = await site();
      await inOrder(s);
      const id = await hold(b.ledger, s.project, "20");
      const first = settleAsk(id, "4", { final: false });
      await b.ledger.settleMany([first]);
      expect(told(await b.ledger.settleMany([first, first, settleAsk(id, "6", { attempt: 2 })]))).toEqual([
        [usd("4"), 0n, true],
        [usd("4"), 0n, true],
        [usd("6"), usd("10"), false],
      ]);
      expect([await spent(s.funds), await held(s.funds)]).toEqual([
        [5, 5, 0],
        [0, 0, 0],
      ]);
    });

    test("a charge that is refused leaves its attempt to the next, which is divided like any other", async () => {
      const s = await site();
      await inOrder(s);
      const [id, other] = [await hold(b.ledger, s.project, "20"), await hold(b.ledger, s.funds[2]!, "1")];
      const used = settleAsk(other, "1");
      await b.ledger.settleMany([used]);
      expect(told(await b.ledger.settleMany([settleAsk(id, "9", { key: used.key }), settleAsk(id, "12")]))).toEqual([
        "idempotency.mismatch",
        [usd("12"), usd("8"), false],
      ]);
      expect(await spent(s.funds)).toEqual([5, 7, 1]);
      expect(await faults()).toEqual([]);
    });
  });

  test("that cost more than all was reserved is charged in full: what no part has reserved is the last one's, and its overrun", async () => {
    const s = await site();
    await inOrder({ ...s, funds: s.funds.slice(0, 2) });
    const id = await hold(b.ledger, s.project, "6");
    expect(await b.ledger.settleMany([settleAsk(id, "18")])).toEqual([
      { kind: "settled", charged: usd("18"), returned: 0n, overrun: usd("3"), refunded: 0n, replayed: false },
    ]);
    expect(await spent(s.funds)).toEqual([5, 13, 0]);
    expect((await standing(b.accounts, s.funds[1]!)).overrun).toBe(3);
    expect(await faults()).toEqual([]);
  });

  test("is refused when all funds together have too little, with what would fit, and the same answer comes again", async () => {
    const s = await site();
    await inOrder(s);
    const asked = ask(s.project, "35.000001");
    const first = await b.ledger.holdMany([asked]);
    expect(first).toMatchObject([{ kind: "refused", code: "budget.insufficient", available: usd("35") }]);
    expect(await b.ledger.holdMany([asked])).toMatchObject(first);
    expect(await held(s.funds)).toEqual([0, 0, 0]);
    await hold(b.ledger, s.project, "35");
    expect(await held(s.funds)).toEqual([5, 10, 20]);
  });

  test("passes over a fund that is frozen or ends before the work, and names why when none is left", async () => {
    const s = await site();
    await inOrder(s);
    await call("changeAccount", owner, { params: { name: s.funds[0]! }, body: { status: "frozen", reason: "audit" }, key: key() });
    await call("changeAccount", owner, { params: { name: s.funds[1]! }, body: { ends_at: "2026-11-22T00:00:00Z", reason: "ends" }, key: key() });
    const until = addMs(start, milliseconds(40 * 3_600_000));
    await hold(b.ledger, s.project, "4", { until });
    expect(await held(s.funds)).toEqual([0, 0, 4]);
    await call("changeAccount", owner, { params: { name: s.funds[2]! }, body: { status: "frozen", reason: "audit" }, key: key() });
    await call("changeAccount", owner, { params: { name: s.funds[1]! }, body: { status: "frozen", reason: "audit" }, key: key() });
    expect((await b.ledger.holdMany([ask(s.project, "1")])).map(inWords)).toEqual([`refused budget.frozen ${s.funds[0]} 0`]);
    await call("changeAccount", owner, { params: { name: s.project }, body: { status: "closed", reason: "over" }, key: key() });
    expect((await b.ledger.holdMany([ask(s.project, "1")])).map(inWords)).toEqual([`refused budget.closed ${s.project} 0`]);
  });

  test("by share takes each fund's share or nothing, and charges divide to the micro-dollar", async () => {
    const s = await site();
    expect(await byShare(s, ["50%", "30%", "20%"])).toMatchObject({ mode: "share" });
    expect(await b.ledger.holdMany([ask(s.project, "12")])).toMatchObject([
      { kind: "refused", code: "budget.insufficient", account: s.funds[0], available: usd("10") },
    ]);
    const id = await hold(b.ledger, s.project, "10");
    expect(await held(s.funds)).toEqual([5, 3, 2]);
    const amounts = ["0.000001", "0.000003", "3.333333", "0.000001"];
    for (const [index, amount] of amounts.entries())
      await b.ledger.settleMany([settleAsk(id, amount, { attempt: index + 1, final: index === amounts.length - 1 })]);
    const sums = await Promise.all(s.funds.map(async (name) => (await b.accounts.get(name)).spent));
    expect(sums.reduce((sum: bigint, one) => sum + one, 0n)).toBe(usd("3.333338"));
    expect(await held(s.funds)).toEqual([0, 0, 0]);
    expect(await faults()).toEqual([]);
  });

  test("is made more and less as a whole, and its time moves with all its parts", async () => {
    const s = await site();
    await inOrder(s);
    const id = await hold(b.ledger, s.project, "12");
    const renew = (amount: Micros | null, by = key(), expiresAt: ReturnType<typeof addMs> | null = null) =>
      b.ledger.renewMany([{ key: by, holdId: id, amount, expiresAt, at: start, note: "nodes started" }]);
    const again = key();
    expect(await renew(usd("14"), again)).toMatchObject([{ kind: "renewed", amount: usd("14"), replayed: false }]);
    expect(await held(s.funds)).toEqual([5, 9, 0]);
    expect(await renew(usd("14"), again)).toMatchObject([{ kind: "renewed", amount: usd("14"), replayed: true }]);
    expect(await renew(usd("16"))).toMatchObject([{ kind: "refused", code: "budget.insufficient" }]);
    expect(await renew(usd("4"))).toMatchObject([{ kind: "renewed", amount: usd("4"), returned: usd("10") }]);
    expect(await held(s.funds)).toEqual([4, 0, 0]);
    await renew(null, key(), addMs(start, milliseconds(1_000)));
    const parts = (await partsOf(bed.db, [id])).get(id) ?? [];
    expect(parts.map((part) => [part.account, part.amount])).toEqual([
      [s.funds[0], usd("4")],
      [s.funds[1], 0n],
    ]);
    b.clock.set(addMs(start, milliseconds(2_000)));
    expect(await b.ledger.expireHolds()).toBe(2);
    b.clock.set(start);
    expect(await held(s.funds)).toEqual([0, 0, 0]);
    expect(await faults()).toEqual([]);
  });

  test("among others in one batch is decided in the order of arrival, also by two servers at once: exactly as many as fit", async () => {
    const s = await site();
    await inOrder(s);
    const other = b.another();
    const asks = Array.from({ length: 60 }, (_, index) => ask(index % 3 === 0 ? s.funds[1]! : s.project, "1"));
    const answers = (await Promise.all(asks.map((one, index) => (index % 2 === 0 ? b.ledger : other).holdMany([one])))).flat();
    expect(answers.filter(({ kind }) => kind === "granted")).toHaveLength(35);
    expect(await held(s.funds)).toEqual([5, 10, 20]);
    expect(await faults()).toEqual([]);
  });

  test("shows its parts, and the plan is listed, changed and withdrawn; what is reserved stays", async () => {
    const s = await site();
    const by = key();
    const set = await inOrder(s, by);
    expect(await inOrder(s, by)).toEqual(set);
    const id = await hold(b.ledger, s.project, "6");
    expect(await call("showHold", owner, { params: { id } })).toMatchObject({
      amount: "5.00",
      funds: [
        { account: s.funds[0], hold_id: id, amount: "5.00" },
        { account: s.funds[1], amount: "1.00" },
      ],
    });
    const listed = (await call("listFunds", owner, {})) as { items: { account: string }[] };
    expect(listed.items.map(({ account }) => account)).toContain(s.project);
    const cleared = await call("clearFunds", owner, { params: { name: s.project }, body: { reason: "over" }, key: key() });
    expect(cleared).toEqual({ account: s.project });
    expect((await b.ledger.holdMany([ask(s.project, "1")])).map(inWords)).toEqual([`refused budget.insufficient ${s.project} 0`]);
    await b.ledger.settleMany([settleAsk(id, "5.5")]);
    expect(await spent(s.funds)).toEqual([5, 0.5, 0]);
    expect(await faults()).toEqual([]);
  });

  test("is refused with the place for a plan that cannot be", async () => {
    const s = await site();
    await inOrder(s);
    const set = (name: string, body: Record<string, unknown>) => call("setFunds", owner, { params: { name }, body: { reason: "x", ...body }, key: key() });
    const [first = "", second = ""] = s.funds;
    await expect(set(second, { mode: "order", funds: [{ account: s.project }] })).rejects.toMatchObject({ code: "budget.fund-chain" });
    await expect(set(first, { mode: "order", funds: [{ account: second }] })).rejects.toMatchObject({ code: "budget.fund-chain" });
    await expect(set(s.project, { mode: "order", funds: [{ account: "nowhere" }] })).rejects.toMatchObject({ code: "budget.account-unknown" });
    await expect(set(s.project, { mode: "share", funds: [{ account: first, share: "50%" }] })).rejects.toMatchObject({ code: "value.range" });
    await expect(set(s.project, { mode: "share", funds: [{ account: first }] })).rejects.toThrow(/has to be said/);
    await expect(set(s.project, { mode: "order", funds: [{ account: first }, { account: first }] })).rejects.toThrow(/a second time/);
  });

  test("is foreseen by a dry run as the ledger decides it", async () => {
    const s = await site();
    await inOrder(s);
    const would = (amount: string) => b.accounts.wouldHold({ account: s.project, person: "maria", amount: usd(amount), until: null });
    expect(await would("35")).toEqual({ asked: usd("35"), refusal: null, exempt: null });
    expect(await would("36")).toMatchObject({ refusal: { code: "budget.insufficient", available: usd("35") } });
    const level = {
      name: "x",
      status: "open",
      startsAt: null,
      endsAt: null,
      allocated: usd("5"),
      overrun: 0n as Micros,
      spent: 0n as Micros,
      held: 0n as Micros,
      leased: 0n as Micros,
    } as const;
    const shared = { ...level, name: "department", allocated: usd("6") };
    const plan = { mode: "order", funds: ["x", "y"].map((account) => ({ account, share: null })) } as const;
    expect(
      decideFunds(
        plan,
        [
          [shared, level],
          [shared, { ...level, name: "y" }],
        ],
        usd("6"),
        start,
        null,
      ),
    ).toEqual({
      kind: "granted",
      parts: [
        { account: "x", amount: usd("5") },
        { account: "y", amount: usd("1") },
      ],
    });
    expect(
      decideFunds(
        plan,
        [
          [shared, level],
          [shared, { ...level, name: "y" }],
        ],
        usd("7"),
        start,
        null,
      ),
    ).toMatchObject({ available: usd("6") });
  });
});
