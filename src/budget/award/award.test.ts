import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { instant, parseInstant, type Instant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, hold, holdAsk, inWords, openTree, settleAsk, standing, usd, type Bench } from "../test-tree.ts";
import { ledgerVerifications } from "../verify-store.ts";
import { accountNameOf } from "./award.ts";
import type { AwardView, ReleaseView } from "../contract.ts";
import { turnAwards } from "./service.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;
/** Each test has its own calendar: the clock is set to the day it is about. */
beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
});
afterAll(() => bed.drop());

const at = (text: string): Instant => parseInstant(text) ?? instant(Number.NaN);
const turn = () => turnAwards({ db: bed.db, clock: b.clock, source: "worker" });
let keys = 0;
const key = () => `award-${(keys += 1)}`;

async function award(more: Record<string, unknown> = {}): Promise<{ number: string; account: string }> {
  const account = freshName("climate");
  await openTree(b.accounts, { [freshName("uni")]: "1000", [account]: "0" });
  const number = freshName("ATM");
  const body = {
    number,
    account,
    agency: "NSF",
    title: "Isotopes",
    pi: "Dr Li",
    starts_on: "2027-01-31",
    ends_on: "2028-01-30",
    total: "900",
    period_months: 1,
    ...more,
  };
  await call("createAward", owner, { body, key: key() });
  return { number, account };
}

const schedule = (number: string, releases: readonly Record<string, unknown>[], by = key()) =>
  call("scheduleReleases", owner, { params: { number }, body: { releases, reason: "award letter" }, key: by });

async function journalled(pattern: string): Promise<number> {
  const [row] = await bed.db.query<{ count: bigint }>("select count(*) as count from headgate.journal_transaction where key like $1", [pattern]);
  return Number(row?.count);
}

describe("an award", () => {
  test("counts its periods in whole months from its own start, so that the 31st comes back after a short month", async () => {
    const { number } = await award();
    const view = (await call("showAward", owner, { params: { number } })) as AwardView;
    expect(view.periods.slice(0, 4).map(({ starts_on, ends_on }) => `${starts_on} ${ends_on}`)).toEqual([
      "2027-01-31 2027-02-27",
      "2027-02-28 2027-03-30",
      "2027-03-31 2027-04-29",
      "2027-04-30 2027-05-30",
    ]);
    expect(view.periods.at(-1)).toMatchObject({ ordinal: 12, starts_on: "2027-12-31", ends_on: "2028-01-30" });
  });

  test("gives its account its dates: nothing before the first day, the last day belongs to it", async () => {
    const { account } = await award({ starts_on: "2027-01-01", ends_on: "2027-01-31" });
    expect(await b.accounts.get(account)).toMatchObject({ startsAt: at("2027-01-01"), endsAt: at("2027-02-01") });
  });

  test("opens an account of its own when none is named, once for its key", async () => {
    const number = freshName("DOE-SC");
    const body = {
      number,
      agency: "DOE",
      title: "Fusion",
      pi: "Dr Ray",
      starts_on: "2027-01-01",
      ends_on: "2029-12-31",
      total: "100",
      facts: { program: "FES" },
    };
    const by = key();
    const first = await call("createAward", owner, { body, key: by });
    expect(await call("createAward", owner, { body, key: by })).toEqual(first);
    expect(first).toMatchObject({ account: accountNameOf(number), facts: { program: "FES" }, scheduled: "0.00", released: "0.00", period_months: 12 });
    await expect(call("createAward", owner, { body, key: key() })).rejects.toMatchObject({ code: "budget.account-exists" });
    await expect(call("createAward", owner, { body: { ...body, account: accountNameOf(number) }, key: key() })).rejects.toMatchObject({
      code: "budget.award-exists",
    });
    await expect(call("createAward", owner, { body: { ...body, account: accountNameOf(number), title: "Other" }, key: by })).rejects.toMatchObject({
      code: "idempotency.mismatch",
    });
  });

  test("is changed in what is given and in nothing else, and never below what is on its schedule", async () => {
    const { number } = await award();
    await schedule(number, [{ amount: "600", due_on: "2027-03-01", label: "first" }]);
    const params = { number };
    expect(await call("updateAward", owner, { params, body: { pi: "Dr Ono", reason: "change of PI" }, key: key() })).toMatchObject({
      pi: "Dr Ono",
      title: "Isotopes",
      total: "900.00",
    });
    await expect(call("updateAward", owner, { params, body: { total: "599.99", reason: "cut" }, key: key() })).rejects.toMatchObject({
      code: "budget.award-exceeded",
    });
    await expect(call("updateAward", owner, { params: { number: "none" }, body: { reason: "x" }, key: key() })).rejects.toMatchObject({
      code: "budget.award-unknown",
    });
    await expect(call("showAward", { name: "stranger", admin: false }, { params })).rejects.toMatchObject({ code: "budget.award-unknown" });
  });
});

describe("a release", () => {
  test("by date reaches the account on its day, once, however many workers look and however long none did", async () => {
    b.clock.set(at("2027-02-15"));
    const { number, account } = await award({ carry: "carry-over" });
    const by = key();
    const releases = [
      { amount: "300", due_on: "2027-02-20", label: "first third" },
      { amount: "300", due_on: "2027-06-01", label: "second third" },
      { amount: "300", due_on: "2027-12-01", label: "last third" },
    ];
    await schedule(number, releases, by);
    await schedule(number, releases, by);
    await turn();
    expect((await standing(b.accounts, account)).allocated).toBe(0);
    b.clock.set(at("2027-06-01T00:00:01Z"));
    await Promise.all([turn(), turn(), turn(), turn()]);
    expect((await standing(b.accounts, account)).allocated).toBe(600);
    expect(await turn()).toBe(0);
    expect(await journalled(`release:${number}:%`)).toBe(2);
    const { items } = (await call("listReleases", owner, { query: { award: number } })) as { items: ReleaseView[] };
    expect(items.map(({ released_at }) => released_at)).toEqual(["2027-02-20T00:00:00.000Z", "2027-06-01T00:00:00.000Z", null]);
    await expect(schedule(number, [{ amount: "0.01", due_on: "2027-07-01", label: "too much" }])).rejects.toMatchObject({ code: "budget.award-exceeded" });
  });

  test("by report or by approval waits for its day and for somebody, and says who", async () => {
    b.clock.set(at("2027-03-01"));
    const { number, account } = await award();
    await schedule(number, [
      { amount: "100", gate: "report", due_on: "2027-03-10", label: "year 1 report" },
      { amount: "50", gate: "approval", label: "equipment" },
    ]);
    const release = (ordinal: number, body: Record<string, unknown>) => call("releaseAward", owner, { params: { number, ordinal }, body, key: key() });
    await expect(release(1, { report: "RPPR 2027" })).rejects.toMatchObject({ code: "budget.release-waits" });
    await expect(release(2, {})).rejects.toMatchObject({ code: "budget.release-waits" });
    await expect(release(3, {})).rejects.toMatchObject({ code: "budget.award-unknown" });
    expect(await release(2, { approver: "Dean Wu" })).toMatchObject({
      words: `release 2 of award ${number} (equipment), approved by Dean Wu`,
      released_by: "owner",
    });
    b.clock.set(at("2027-03-10"));
    await turn();
    expect((await standing(b.accounts, account)).allocated).toBe(50);
    await Promise.all([1, 2, 3].map(() => release(1, { report: "RPPR 2027" })));
    expect((await standing(b.accounts, account)).allocated).toBe(150);
  });

  test("of an award with through raises the limits above as well; one to a closed account waits without stopping the others", async () => {
    b.clock.set(at("2027-04-01"));
    const closed = await award();
    const open = await award({ through: true });
    for (const { number } of [closed, open]) await schedule(number, [{ amount: "100", due_on: "2027-04-02", label: "part" }]);
    const terms = { status: "closed", starts_at: null, ends_at: null, reason: "closed out" };
    await call("changeAccount", owner, { params: { name: closed.account }, body: terms, key: key() });
    b.clock.set(at("2027-04-02"));
    await turn();
    expect([(await standing(b.accounts, closed.account)).allocated, (await standing(b.accounts, open.account)).allocated]).toEqual([0, 100]);
    const [parent] = (await b.accounts.get(open.account)).levels;
    expect(Number(parent?.allocated) / 1e6).toBe(1100);
  });
});

describe("the end of a period", () => {
  test("takes back what was not used, and leaves what is reserved and what came for the next period", async () => {
    b.clock.set(at("2027-02-01"));
    const { number, account } = await award({ carry: "use-or-lose" });
    await schedule(number, [
      { amount: "300", due_on: "2027-02-01", label: "period 1" },
      { amount: "200", due_on: "2027-02-28", label: "period 2" },
    ]);
    await turn();
    const spent = await hold(b.ledger, account, "60");
    await b.ledger.settleMany([settleAsk(spent, "40", { at: at("2027-02-02") })]);
    await hold(b.ledger, account, "100");
    // The worker comes back two periods later: the first period is closed before the second's money comes.
    b.clock.set(at("2027-03-31T09:00:00Z"));
    await Promise.all([turn(), turn()]);
    // 300 - 40 spent - 100 reserved = 160 lapsed of the first; the 200 of the second lapsed with it.
    expect(await standing(b.accounts, account)).toEqual({ spent: 40, held: 100, overrun: 0, allocated: 140 });
    const view = (await call("showAward", owner, { params: { number } })) as AwardView;
    expect(view.periods.slice(0, 3)).toMatchObject([
      { spent: "40.00", left: "160.00", lapsed: "160.00" },
      { spent: "0.00", left: "200.00", lapsed: "200.00" },
      { left: null, lapsed: null },
    ]);
    expect(await turn()).toBe(0);
  });

  test("leaves what came after it through an account below, as what came to the account itself", async () => {
    b.clock.set(at("2027-02-01"));
    const { number, account } = await award({ carry: "use-or-lose" });
    await schedule(number, [{ amount: "300", due_on: "2027-02-01", label: "period 1" }]);
    await turn();
    const below = freshName("below");
    await b.accounts.create({ name: below, title: null, kind: "person", parent: account, allocated: usd("0"), startsAt: null, endsAt: null }, "owner", below);
    b.clock.set(at("2027-03-05"));
    await b.accounts.allocate({ account: below, amount: usd("50"), through: true, reason: "for the field work" }, "owner", freshName("give"));
    await turn();
    expect(await standing(b.accounts, account)).toMatchObject({ allocated: 50 });
    expect(((await call("showAward", owner, { params: { number } })) as AwardView).periods[0]).toMatchObject({ left: "300.00", lapsed: "300.00" });
  });

  test("of an award that carries over takes nothing and says what was left", async () => {
    b.clock.set(at("2027-02-01"));
    const { number, account } = await award({ carry: "carry-over" });
    await schedule(number, [{ amount: "300", due_on: "2027-02-01", label: "all" }]);
    b.clock.set(at("2027-03-01"));
    await turn();
    expect((await standing(b.accounts, account)).allocated).toBe(300);
    expect(((await call("showAward", owner, { params: { number } })) as AwardView).periods[0]).toMatchObject({ left: "300.00", lapsed: "0.00" });
  });
});

describe("the end of an award", () => {
  test("refuses a job of 30 hours that starts on its last evening, and names award and day", async () => {
    b.clock.set(at("2027-06-29T20:00:00Z"));
    const { number, account } = await award({ starts_on: "2027-01-01", ends_on: "2027-06-30" });
    await schedule(number, [{ amount: "100", due_on: "2027-01-01", label: "all" }]);
    await turn();
    const body = { account, amount: "10", subject: "job:1", until: "2027-07-01T02:00:00Z" };
    await expect(call("placeHold", owner, { body, key: key() })).rejects.toMatchObject({
      code: "budget.crosses-end",
      detail: `${account} (award ${number}) ends on 2027-07-01 00:00 UTC, and what is asked for could go on after that`,
    });
    await call("placeHold", owner, { body: { ...body, until: "2027-07-01T00:00:00Z" }, key: key() });
    expect((await b.ledger.holdMany([holdAsk(account, "1", { until: at("2027-07-01T02:00:00Z") })])).map(inWords)).toEqual([
      `refused budget.crosses-end ${account} 0`,
    ]);
  });

  test("moves by an extension that somebody approved; an earlier end lists the reservations that cross it", async () => {
    b.clock.set(at("2027-05-01"));
    const { number, account } = await award({ starts_on: "2027-01-01", ends_on: "2027-06-30" });
    await schedule(number, [{ amount: "100", due_on: "2027-01-01", label: "all" }]);
    await turn();
    const until = at("2027-06-20T12:00:00Z");
    const id = await hold(b.ledger, account, "10", { until });
    await hold(b.ledger, account, "5", { until: at("2027-05-02") });
    const params = { number };
    const by = key();
    const extend = (ends_on: string, one: string) =>
      call("extendAward", owner, { params, body: { ends_on, reason: "no-cost extension", approver: "NSF, letter of 2027-04-20" }, key: one });
    expect(await extend("2027-12-31", by)).toMatchObject({ ends_on: "2027-12-31" });
    await extend("2027-12-31", by);
    expect(await b.accounts.get(account)).toMatchObject({ endsAt: at("2028-01-01") });
    expect(await call("listCrossing", owner, { params })).toEqual({ ends_on: "2027-12-31", items: [] });
    await extend("2027-06-15", key());
    expect(await call("listCrossing", owner, { params })).toMatchObject({
      items: [{ hold_id: id, account, person: "maria", reserved: "10.00", until: "2027-06-20T12:00:00.000Z" }],
    });
  });
});

test("one changed bit of an award, of its schedule or of a period that was closed is found", async () => {
  expect((await verify(bed.db, ledgerVerifications())).flatMap(({ faults }) => faults)).toEqual([]);
  for (const damage of [
    "update headgate.award set total = total + 1 where number = (select min(number) from headgate.award)",
    'update headgate.award set facts = \'{"program":"other"}\' where number = (select min(number) from headgate.award)',
    "delete from headgate.award_release where ordinal = 2",
    "update headgate.award_release set due_on = due_on + 1 where ordinal = 1",
    "update headgate.award_release set amount = amount + 1 where ordinal = 1",
    "update headgate.journal_transaction set amount = amount + 1 where kind = 'period' and amount > 0",
  ])
    expect((await foundIn(bed.db, damage)).join("\n"), damage).toMatch(/award|release|period/);
});
