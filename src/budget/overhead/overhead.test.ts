import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verify } from "#db";
import { instant, parseInstant, type Instant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, hold, openTree, standing as balance, usd, type Bench } from "../test-tree.ts";
import { ledgerVerifications } from "../verify-store.ts";
import { idleSentence } from "./overhead.ts";
import { turnAlarms } from "./store.ts";

const at = (text: string): Instant => parseInstant(text) ?? instant(Number.NaN);
const MONTH = "2026-11-20T10:00:00Z";

let bed: FreshDatabase;
let b: Bench;
let call: Call;
let uni: string;
let account: string;
let cluster: string;
let keys = 0;

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
});
afterAll(() => bed.drop());

beforeEach(async () => {
  b.clock.set(at(MONTH));
  [uni, account, cluster] = [freshName("uni"), freshName("overhead"), freshName("alps")];
  await openTree(b.accounts, { [uni]: "1000" });
  await open(account, "100");
});

function key(): string {
  keys += 1;
  return `owner:overhead-${keys}`;
}

async function open(name: string, allocated: string): Promise<void> {
  await b.accounts.create(
    { name, title: null, kind: "overhead", parent: uni, allocated: usd(allocated), startsAt: null, endsAt: null },
    "owner",
    `open:${name}`,
  );
}

function set(more: object = {}, one = key(), of = cluster): Promise<unknown> {
  const body = { account, alarm: 80, idle_rule: { payer: "overhead", minutes: 10 }, reason: "new cluster", ...more };
  return call("setOverhead", owner, { params: { cluster: of }, body, key: one });
}

function charge(kind: string, amount: string, more: object = {}, one = key(), of = cluster): Promise<unknown> {
  return call("chargeOverhead", owner, { params: { cluster: of }, body: { kind, amount, note: "sacct", ...more }, key: one });
}

const show = (of = cluster): Promise<unknown> => call("showOverhead", owner, { params: { cluster: of } });

async function faults(): Promise<readonly string[]> {
  return (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);
}

/** What the journal tells of the alarm of a cluster. */
async function alarms(of = cluster): Promise<string[]> {
  const rows = await bed.db.query<{ words: string }>(
    `select (detail ->> 'alarm') || ' ' || (detail ->> 'used') || ' of ' || (detail ->> 'allocated') as words
     from headgate.journal_transaction where kind = 'overhead' and subject = $1 and detail ->> 'alarm' is not null order by number`,
    [`overhead:${of}`],
  );
  return rows.map(({ words }) => words);
}

test("the rule of idle tails is told in a sentence", () => {
  const say = (payer: "overhead" | "last-user" | "shared", minutes: number) =>
    idleSentence({ cluster: "alps", account: "alps-overhead", idle: { payer, minutes } });
  expect(say("overhead", 10)).toBe("Nodes of alps wait 10 minutes for work before they power down; that time is paid by the overhead account alps-overhead.");
  expect(say("last-user", 1)).toBe(
    "Nodes of alps wait 1 minute for work before they power down; that time is paid by the project whose job ran last on the node, and where there is none by the overhead account alps-overhead.",
  );
  expect(say("shared", 0)).toBe(
    "Nodes of alps do not wait for work; that time is collected on the overhead account alps-overhead, and everybody who uses the cluster bears a part of it through its rates.",
  );
});

describe("the overhead account of a cluster", () => {
  test("takes what no job can be held for, by kind, once for a key, and says what the month came to", async () => {
    expect(await set()).toMatchObject({ cluster, account, alarm: 80, rings: false, raised_at: null, used_percent: 0, allocated: "100.00" });
    const one = key();
    const first = await charge("failed-boot", "3.200001", {}, one);
    expect(first).toMatchObject({ charged: "3.200001", unit: "USD", overrun: "0.00", replayed: false, account });
    expect(await charge("failed-boot", "3.200001", {}, one)).toEqual({ ...(first as object), replayed: true });
    await charge("idle", "1.5");
    await charge("idle", "0.25", { at: "2026-11-01T00:00:00Z" });
    await charge("untagged", "7", { at: "2026-10-31T23:59:59.999Z" });
    await charge("shared-rest", "0.000001", { at: "2026-11-30T23:59:59.999Z" });
    expect(await show()).toMatchObject({
      spent: "11.950002",
      free: "88.049998",
      used_percent: 11,
      month_from: "2026-11-01",
      month_total: "4.950002",
      month_by_kind: [
        { kind: "failed-boot", charges: 1, amount: "3.200001" },
        { kind: "idle", charges: 2, amount: "1.75" },
        { kind: "shared-rest", charges: 1, amount: "0.000001" },
      ],
    });
    const [row] = await bed.db.query<{ detail: object; why: string; person: string }>(
      "select detail, why, by_person as person from headgate.journal_transaction where number = $1",
      [(first as { transaction: string }).transaction],
    );
    expect(row).toEqual({ detail: { cluster, overhead: "failed-boot" }, why: "sacct", person: "owner" });
    expect(await faults()).toEqual([]);
  });

  test("under a key that asked for another kind, amount or cluster refuses", async () => {
    await set();
    const other = freshName("brno");
    await set({}, key(), other);
    const one = key();
    await charge("idle", "1", {}, one);
    const others = [() => charge("untagged", "1", {}, one), () => charge("idle", "2", {}, one), () => charge("idle", "1", {}, one, other)];
    for (const again of others) await expect(again()).rejects.toMatchObject({ code: "idempotency.mismatch" });
    expect(await balance(b.accounts, account)).toMatchObject({ spent: 1 });
  });

  test("asked for twice at once under one key is charged once, and many at once are each charged", async () => {
    await set();
    const one = key();
    const answers = (await Promise.all([charge("idle", "1", {}, one), charge("idle", "1", {}, one)])) as { replayed: boolean; transaction: string }[];
    expect(answers.filter(({ replayed }) => replayed)).toHaveLength(1);
    expect(answers[0]!.transaction).toBe(answers[1]!.transaction);
    await Promise.all([...Array.from({ length: 10 }, () => charge("idle", "8.5")), turnAlarms(bed.db, "worker", b.clock.now()), hold(b.ledger, account, "1")]);
    expect(await balance(b.accounts, account)).toMatchObject({ spent: 86, held: 1, overrun: 0 });
    expect(await alarms()).toHaveLength(1);
    expect(await faults()).toEqual([]);
  });

  test("that is another now keeps what was charged before, and the same ask its answer", async () => {
    await set();
    const one = key();
    const first = await charge("idle", "1", {}, one);
    const next = freshName("overhead");
    await open(next, "5");
    await set({ account: next });
    expect(await charge("idle", "1", {}, one)).toEqual({ ...(first as object), replayed: true });
    expect(await charge("idle", "2")).toMatchObject({ account: next });
    expect(await show()).toMatchObject({ account: next, spent: "2.00", month_total: "3.00" });
    expect(await faults()).toEqual([]);
  });

  test("beyond its allocation posts as explicit overrun, and what is refunded is taken off the month", async () => {
    await set();
    const answer = (await charge("untagged", "130")) as { transaction: string };
    expect(answer).toMatchObject({ charged: "130.00", overrun: "30.00" });
    expect(await balance(b.accounts, account)).toMatchObject({ spent: 130, overrun: 30 });
    await call("adjust", owner, {
      body: { kind: "refund", mends: answer.transaction, amount: "50.000001", reason: "tagged since", approver: "maria" },
      key: key(),
    });
    expect(await show()).toMatchObject({ month_total: "79.999999", overrun: "0.00", used_percent: 79 });
    expect(await faults()).toEqual([]);
  });

  test("of a cluster that has none is refused with what to do; an account of another kind is not taken", async () => {
    await expect(charge("idle", "1")).rejects.toMatchObject({ code: "budget.overhead-unset" });
    await expect(show()).rejects.toMatchObject({ code: "budget.overhead-unset" });
    await expect(set({ account: uni })).rejects.toMatchObject({ code: "budget.overhead-kind" });
    await expect(set({ account: "nowhere" })).rejects.toMatchObject({ code: "budget.account-unknown" });
  });

  test("is set once for a key", async () => {
    const one = key();
    const first = await set({}, one);
    await set({ alarm: 50 });
    expect(await set({}, one)).toEqual({ ...(first as object), alarm: 50 });
    await expect(set({ alarm: 51 }, one)).rejects.toMatchObject({ code: "idempotency.mismatch" });
    expect(await faults()).toEqual([]);
  });

  test("can be seen only by who sees the account", async () => {
    await set();
    const outsider = { name: "maria", admin: false };
    await expect(call("showOverhead", outsider, { params: { cluster } })).rejects.toMatchObject({ code: "budget.overhead-unset" });
    expect(await call("listOverhead", outsider)).toEqual({ items: [], next: null });
    const all = (await call("listOverhead", owner, { query: { limit: "500" } })) as { items: { cluster: string }[] };
    expect(all.items.map((one) => one.cluster)).toContain(cluster);
    const before = (await call("listOverhead", owner, { query: { limit: "1" } })) as { items: { cluster: string }[]; next: string };
    expect(before).toMatchObject({ items: [{ cluster: before.next }] });
  });
});

describe("the alarm of an overhead account", () => {
  async function ringing(): Promise<string[]> {
    const status = (await call("showStatus", owner)) as { overhead_alarms: { cluster: string }[] };
    return status.overhead_alarms.map((one) => one.cluster);
  }

  test("is raised once by the charge that crosses it, and cleared 5 points below, with both moments", async () => {
    await set();
    await charge("idle", "79.999999");
    expect(await show()).toMatchObject({ rings: false, used_percent: 79 });
    b.clock.set(at("2026-11-20T11:00:00Z"));
    const crossing = (await charge("idle", "0.000001")) as { transaction: string };
    const raised = { rings: true, raised_at: "2026-11-20T11:00:00.000Z", cleared_at: null };
    expect(await show()).toMatchObject({ ...raised, used_percent: 80 });
    expect(await ringing()).toContain(cluster);
    await charge("idle", "5");
    // Down to 76: the alarm stays.
    const big = (await charge("idle", "1")) as { transaction: string };
    await call("adjust", owner, { body: { kind: "refund", mends: big.transaction, amount: "1", reason: "x", approver: "maria" }, key: key() });
    await b.accounts.allocate({ account, amount: usd("12"), through: false, reason: "more" }, "owner", key());
    await turnAlarms(bed.db, "worker", b.clock.now());
    expect(await show()).toMatchObject({ ...raised, used_percent: 75 });
    expect(await alarms()).toEqual(["raised 80000000 of 100000000"]);
    b.clock.set(at("2026-11-20T12:00:00Z"));
    await b.accounts.allocate({ account, amount: usd("2"), through: false, reason: "more" }, "owner", key());
    expect([await turnAlarms(bed.db, "worker", b.clock.now()), await turnAlarms(bed.db, "worker", b.clock.now())]).toEqual([1, 0]);
    expect(await show()).toMatchObject({ rings: false, raised_at: "2026-11-20T11:00:00.000Z", cleared_at: "2026-11-20T12:00:00.000Z", used_percent: 74 });
    expect(await ringing()).not.toContain(cluster);
    expect(await alarms()).toEqual(["raised 80000000 of 100000000", "cleared 85000000 of 114000000"]);
    expect(crossing.transaction).not.toBe("");
    expect(await faults()).toEqual([]);
  });

  test.each(["a direct charge", "a cut", "a reservation"])("is raised by the worker's turn where %s crossed it", async (road) => {
    await set();
    await charge("idle", "50");
    if (road === "a direct charge")
      await call("charge", owner, { params: { name: account }, body: { amount: "30", subject: "bill", note: "late" }, key: key() });
    else if (road === "a cut") await call("cut", owner, { params: { name: account }, body: { amount: "40", reason: "less" }, key: key() });
    else await hold(b.ledger, account, "30");
    expect(await show()).toMatchObject({ rings: false });
    expect(await turnAlarms(bed.db, "worker", b.clock.now())).toBe(1);
    expect(await show()).toMatchObject({ rings: true, raised_at: "2026-11-20T10:00:00.000Z" });
    expect(await faults()).toEqual([]);
  });

  test("of two clusters on one account rings for each at its own threshold, and each knows its own use", async () => {
    const other = freshName("brno");
    await set();
    await set({ alarm: 50 }, key(), other);
    await charge("idle", "30");
    await charge("idle", "25", {}, key(), other);
    expect([await show(), await show(other)]).toMatchObject([
      { rings: false, month_total: "30.00", spent: "55.00" },
      { rings: true, month_total: "25.00", spent: "55.00" },
    ]);
    await charge("idle", "25");
    expect([await alarms(), await alarms(other)]).toEqual([["raised 80000000 of 100000000"], ["raised 55000000 of 100000000"]]);
    expect(await faults()).toEqual([]);
  });

  test("of nothing allocated rings with the first cost, and at once where a lower threshold is set", async () => {
    const bare = freshName("overhead");
    await open(bare, "0");
    expect(await set({ account: bare })).toMatchObject({ rings: false, used_percent: null });
    await charge("idle", "0.000001");
    expect(await show()).toMatchObject({ rings: true, overrun: "0.000001" });
    const other = freshName("brno");
    await set({}, key(), other);
    await charge("idle", "40", {}, key(), other);
    expect(await set({ alarm: 40 }, key(), other)).toMatchObject({ rings: true });
    expect(await faults()).toEqual([]);
  });

  test.each([
    "alarm = alarm + 1",
    "idle_payer = 'shared'",
    "idle_minutes = idle_minutes + 1",
    "account_id = account_id - 1",
    "raised_at = raised_at + interval '1 second'",
    "cleared_at = now()",
    "cluster = cluster || 'x'",
  ])("or its rule, of which one thing was changed, is found: %s", async (change) => {
    await set();
    await charge("idle", "90");
    expect(await faults()).toEqual([]);
    expect(await foundIn(bed.db, `update headgate.overhead set ${change} where cluster = '${cluster}'`)).not.toEqual([]);
  });
});
