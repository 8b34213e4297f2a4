import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addMs, milliseconds, Problem } from "#kernel";
import { openDatabase } from "#db";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { openLedger } from "./ledger-service.ts";
import { bench, freshName, hold, holdAsk, inWords, openTree, settleAsk, standing, start, usd, type Bench } from "./test-tree.ts";

let bed: FreshDatabase;
let b: Bench;
let uni: string;
let geo: string;
let climate: string;

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
});
afterAll(() => bed.drop());

/** A tree of its own for a test: an institution, a department and a project with the limits given. */
async function tree(limits: readonly [string, string, string]): Promise<void> {
  [uni, geo, climate] = [freshName("uni"), freshName("geo"), freshName("climate")];
  await openTree(b.accounts, { [uni]: limits[0], [geo]: limits[1], [climate]: limits[2] });
}

async function numbers(): Promise<string[]> {
  const levels = await Promise.all([uni, geo, climate].map((name) => standing(b.accounts, name)));
  return levels.map(({ spent, held, overrun }) => `${spent} spent ${held} held${overrun === 0 ? "" : ` ${overrun} overrun`}`);
}

describe("the five classic bugs of ledgers", () => {
  test("a reservation counts in the balance check", async () => {
    await tree(["10", "10", "10"]);
    const answers = await b.ledger.holdMany([holdAsk(climate, "6"), holdAsk(climate, "6"), holdAsk(climate, "4")]);
    expect(answers.map(inWords)).toEqual(["granted", `refused budget.insufficient ${climate} 4`, "granted"]);
    expect(await numbers()).toEqual(["0 spent 10 held", "0 spent 10 held", "0 spent 10 held"]);
  });

  test("the same attempt is charged once, under its key and under any other", async () => {
    await tree(["10", "10", "10"]);
    const id = await hold(b.ledger, climate, "5");
    const first = await b.ledger.settleMany([settleAsk(id, "2")]);
    const again = await b.ledger.settleMany([settleAsk(id, "2"), settleAsk(id, "2", { key: "another key" })]);
    expect(first).toEqual([{ kind: "settled", charged: usd("2"), returned: usd("3"), overrun: 0n, refunded: 0n, replayed: false }]);
    expect(again).toEqual([
      { kind: "settled", charged: usd("2"), returned: usd("3"), overrun: 0n, refunded: 0n, replayed: true },
      { kind: "refused", code: "budget.attempt-charged" },
    ]);
    expect(await numbers()).toEqual(["2 spent 0 held", "2 spent 0 held", "2 spent 0 held"]);
  });

  test("nothing is charged to a reservation that was released", async () => {
    await tree(["10", "10", "10"]);
    const id = await hold(b.ledger, climate, "5");
    const at = start;
    expect(await b.ledger.releaseMany([{ key: `release:${id}`, holdId: id, at, note: "cancelled" }])).toEqual([
      { kind: "released", returned: usd("5"), replayed: false },
    ]);
    expect(await b.ledger.settleMany([settleAsk(id, "2")])).toEqual([{ kind: "refused", code: "budget.hold-closed" }]);
    expect(
      await b.ledger.releaseMany([
        { key: `release:${id}`, holdId: id, at, note: "" },
        { key: "other", holdId: id, at, note: "" },
      ]),
    ).toEqual([
      { kind: "released", returned: usd("5"), replayed: true },
      { kind: "refused", code: "budget.hold-closed" },
    ]);
    expect(await numbers()).toEqual(["0 spent 0 held", "0 spent 0 held", "0 spent 0 held"]);
  });

  test("a record and its balance are written together or not at all", async () => {
    await tree(["10", "10", "10"]);
    const poisoned = bed.db.query("select * from headgate.hold_many($1, now())", [
      JSON.stringify([
        {
          key: "p1",
          id: "01890000-0000-7000-8000-00000000000a",
          account: climate,
          unit: "USD",
          amount: "1",
          person: "maria",
          subject: "job:1",
          by_person: "maria",
          source: "test",
        },
        {
          key: "p2",
          id: "01890000-0000-7000-8000-00000000000b",
          account: climate,
          unit: "USD",
          amount: "-1",
          person: "maria",
          subject: "job:2",
          by_person: "maria",
          source: "test",
        },
      ]),
    ]);
    await expect(poisoned).rejects.toThrow(/check constraint/);
    const [rows] = await bed.db.query<{ count: bigint }>("select count(*) from headgate.journal_transaction where key in ('p1', 'p2')");
    expect(rows?.count).toBe(0n);
    expect(await numbers()).toEqual(["0 spent 0 held", "0 spent 0 held", "0 spent 0 held"]);
  });

  test("three retries with one key are one reservation", async () => {
    await tree(["10", "10", "10"]);
    const ask = holdAsk(climate, "3");
    const [first, ...retries] = (await Promise.all([b.ledger.holdMany([ask]), b.another().holdMany([ask, ask]), b.ledger.holdMany([ask])])).flat();
    const ids = new Set([first, ...retries].map((answer) => (answer?.kind === "granted" ? answer.holdId : "refused")));
    expect(ids.size).toBe(1);
    expect([first, ...retries].filter((answer) => answer?.kind === "granted" && !answer.replayed)).toHaveLength(1);
    expect(await numbers()).toEqual(["0 spent 3 held", "0 spent 3 held", "0 spent 3 held"]);
  });
});

describe("limits", () => {
  test("of every ancestor bind, and the tightest level is named", async () => {
    await tree(["100", "7", "50"]);
    expect((await b.ledger.holdMany([holdAsk(climate, "8"), holdAsk(climate, "7"), holdAsk(climate, "0.000001")])).map(inWords)).toEqual([
      `refused budget.insufficient ${geo} 7`,
      "granted",
      `refused budget.insufficient ${geo} 0`,
    ]);
  });

  test("let a refused large ask not stand in the way of a later small one", async () => {
    await tree(["5", "5", "5"]);
    expect((await b.ledger.holdMany([holdAsk(climate, "6"), holdAsk(climate, "5")])).map(inWords)).toEqual([
      `refused budget.insufficient ${climate} 5`,
      "granted",
    ]);
  });

  test("exactly k of many racing reservations are granted, at every level, through two ledgers", async () => {
    await tree(["25", "1000", "1000"]);
    const sister = freshName("soil");
    await b.accounts.create(
      { name: sister, title: null, kind: "project", parent: geo, allocated: usd("12"), startsAt: null, endsAt: null },
      "owner",
      `open:${sister}`,
    );
    const other = b.another();
    const racing = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? b.ledger : other).holdMany([holdAsk(index % 4 < 2 ? climate : sister, "1.2")]));
    const answers = (await Promise.all(racing)).flat();
    expect(answers.filter((answer) => answer.kind === "granted")).toHaveLength(20);
    expect((await standing(b.accounts, uni)).held).toBe(24);
    const [inClimate, inSister] = [await standing(b.accounts, climate), await standing(b.accounts, sister)];
    expect(inClimate.held + inSister.held).toBeCloseTo(24, 6);
    expect(inSister.held).toBeLessThanOrEqual(12);
    await other.close();
  });

  test("inside an account hold for one person and not for another", async () => {
    await tree(["100", "100", "100"]);
    await bed.db.query("select headgate.set_limit($1, $2, 'person', 'sarah', 3000000, 'owner', 'test', 'student', now())", [`limit:${climate}`, climate]);
    expect(
      (await b.ledger.holdMany([holdAsk(climate, "4", { person: "sarah" }), holdAsk(climate, "4"), holdAsk(climate, "3", { person: "sarah" })])).map(inWords),
    ).toEqual([`refused budget.insufficient ${climate}/person:sarah 3`, "granted", "granted"]);
  });

  test("inside an account hold for a partition, also for accounts below", async () => {
    await tree(["100", "100", "100"]);
    await bed.db.query("select headgate.set_limit($1, $2, 'partition', 'gpu', 3000000, 'owner', 'test', '', now())", [`limit:${uni}`, uni]);
    expect((await b.ledger.holdMany([holdAsk(climate, "4", { partition: "gpu" }), holdAsk(climate, "4", { partition: "cpu" })])).map(inWords)).toEqual([
      `refused budget.insufficient ${uni}/partition:gpu 3`,
      "granted",
    ]);
  });
});

describe("what an account may be", () => {
  test("unknown, in another unit, frozen, closed, not begun, ended, ending before the work can", async () => {
    await tree(["100", "100", "100"]);
    const change = (status: string, from: string | null, to: string | null) =>
      bed.db.query("select headgate.change_account($1, $2, $3, $4, $5, 'owner', 'test', '', now())", [
        freshName("change"),
        geo,
        status,
        from ?? "-infinity",
        to ?? "infinity",
      ]);
    const ask = async (more = {}) => inWords((await b.ledger.holdMany([holdAsk(climate, "1", more)]))[0]);
    expect(await ask({ account: "nowhere" })).toBe("refused budget.account-unknown nowhere 0");
    expect(await ask({ account: "outside-usd" })).toBe("refused budget.account-unknown outside-usd 0");
    expect(await ask({ unit: "SU" })).toBe(`refused budget.unit-mismatch ${climate} 0`);
    await change("frozen", null, null);
    expect(await ask()).toBe(`refused budget.frozen ${geo} 0`);
    await change("closed", null, null);
    expect(await ask()).toBe(`refused budget.closed ${geo} 0`);
    await change("open", "2026-12-01", null);
    expect(await ask()).toBe(`refused budget.not-started ${geo} 0`);
    await change("open", "2026-01-01", "2026-11-21T12:00:00Z");
    expect(await ask()).toBe(`refused budget.ended ${geo} 0`);
    await change("open", null, "2026-11-22T12:00:00Z");
    expect(await ask({ until: addMs(start, milliseconds(30 * 3_600_000)) })).toBe(`refused budget.crosses-end ${geo} 0`);
    expect(await ask({ until: addMs(start, milliseconds(24 * 3_600_000)) })).toBe("granted");
    expect(await ask()).toBe("granted");
  });
});

describe("settling", () => {
  test("gives the rest back, and ten charges of $0.004 are $0.04", async () => {
    await tree(["1", "1", "1"]);
    const ids = await Promise.all(Array.from({ length: 10 }, () => hold(b.ledger, climate, "0.1")));
    await b.ledger.settleMany(ids.map((id) => settleAsk(id, "0.004")));
    expect(await numbers()).toEqual(["0.04 spent 0 held", "0.04 spent 0 held", "0.04 spent 0 held"]);
  });

  test("an array is drawn task by task from one reservation, and its rest is released at the end", async () => {
    await tree(["10", "10", "10"]);
    const id = await hold(b.ledger, climate, "3");
    const tasks = [1, 2, 3].map((attempt) => settleAsk(id, "0.5", { attempt, final: false }));
    expect((await b.ledger.settleMany(tasks)).map((answer) => answer.kind === "settled" && answer.charged)).toEqual([usd("0.5"), usd("0.5"), usd("0.5")]);
    expect(await numbers()).toEqual(["1.5 spent 1.5 held", "1.5 spent 1.5 held", "1.5 spent 1.5 held"]);
    expect(await b.ledger.releaseMany([{ key: `release:${id}`, holdId: id, at: start, note: "" }])).toEqual([
      { kind: "released", returned: usd("1.5"), replayed: false },
    ]);
    const [row] = await bed.db.query<{ state: string; charged: bigint }>("select state, charged from headgate.hold where id = $1", [id]);
    expect(row).toEqual({ state: "settled", charged: usd("1.5") });
  });

  test("beyond the reservation draws on what is free, and is no overrun while it fits", async () => {
    await tree(["10", "10", "10"]);
    const id = await hold(b.ledger, climate, "2");
    expect(await b.ledger.settleMany([settleAsk(id, "5")])).toEqual([
      { kind: "settled", charged: usd("5"), returned: 0n, overrun: 0n, refunded: 0n, replayed: false },
    ]);
    expect(await numbers()).toEqual(["5 spent 0 held", "5 spent 0 held", "5 spent 0 held"]);
  });

  test("beyond every limit posts in full as overrun, which blocks new commitments until somebody decides", async () => {
    await tree(["100", "100", "2"]);
    const id = await hold(b.ledger, climate, "2");
    expect(await b.ledger.settleMany([settleAsk(id, "500")])).toEqual([
      { kind: "settled", charged: usd("500"), returned: 0n, overrun: usd("498"), refunded: 0n, replayed: false },
    ]);
    expect(await numbers()).toEqual(["500 spent 0 held 400 overrun", "500 spent 0 held 400 overrun", "500 spent 0 held 498 overrun"]);
    expect((await b.ledger.holdMany([holdAsk(climate, "0"), holdAsk(climate, "1")])).map(inWords)).toEqual([
      `refused budget.overrun ${uni} 0`,
      `refused budget.overrun ${uni} 0`,
    ]);
    for (const [account, amount] of [
      [uni, "401"],
      [geo, "401"],
      [climate, "499"],
    ] as const) {
      await b.accounts.allocate({ account, amount: usd(amount), through: false, reason: "decided" }, "owner", `decide:${account}`);
    }
    expect((await b.ledger.holdMany([holdAsk(climate, "1"), holdAsk(climate, "0.5")])).map(inWords)).toEqual([
      "granted",
      `refused budget.insufficient ${climate} 0`,
    ]);
  });

  test("a charge that comes after the end still posts; one after an expiry is all beyond the reservation", async () => {
    await tree(["10", "10", "10"]);
    const settledId = await hold(b.ledger, climate, "2");
    await b.ledger.settleMany([settleAsk(settledId, "1")]);
    expect(await b.ledger.settleMany([settleAsk(settledId, "0.5", { attempt: 2 })])).toEqual([
      { kind: "settled", charged: usd("0.5"), returned: 0n, overrun: 0n, refunded: 0n, replayed: false },
    ]);
    const expiring = await hold(b.ledger, climate, "3", { expiresAt: addMs(start, milliseconds(-1)) });
    expect(await b.ledger.expireHolds()).toBe(1);
    expect(await b.ledger.expireHolds()).toBe(0);
    expect(await numbers()).toEqual(["1.5 spent 0 held", "1.5 spent 0 held", "1.5 spent 0 held"]);
    await b.ledger.settleMany([settleAsk(expiring, "1")]);
    expect(await numbers()).toEqual(["2.5 spent 0 held", "2.5 spent 0 held", "2.5 spent 0 held"]);
  });

  test("events repeated, out of order and doubled charge once", async () => {
    await tree(["10", "10", "10"]);
    const id = await hold(b.ledger, climate, "4");
    const [one, two] = [settleAsk(id, "1", { attempt: 1, final: false }), settleAsk(id, "2", { attempt: 2 })];
    await b.ledger.settleMany([two, one, two, one, one]);
    await Promise.all([b.ledger.settleMany([one]), b.another().settleMany([two])]);
    expect(await numbers()).toEqual(["3 spent 0 held", "3 spent 0 held", "3 spent 0 held"]);
  });

  test("of a hold that never was is refused", async () => {
    const nobody = "01890000-0000-7000-8000-ffffffffffff";
    expect(await b.ledger.settleMany([settleAsk(nobody, "1")])).toEqual([{ kind: "refused", code: "budget.hold-unknown" }]);
    expect(await b.ledger.releaseMany([{ key: "x", holdId: nobody, at: start, note: "" }])).toEqual([{ kind: "refused", code: "budget.hold-unknown" }]);
  });
});

describe("keys", () => {
  test("the same key with another body is refused and moves nothing", async () => {
    await tree(["10", "10", "10"]);
    const ask = holdAsk(climate, "1");
    const [granted] = await b.ledger.holdMany([ask]);
    const others = [
      { ...ask, amount: usd("2") },
      { ...ask, person: "james" },
      { ...ask, subject: "job:other" },
      { ...ask, account: geo },
    ];
    expect((await b.ledger.holdMany(others)).map(inWords)).toEqual(
      [climate, climate, climate, geo].map((account) => `refused idempotency.mismatch ${account} 0`),
    );
    expect((await b.ledger.holdMany([{ ...ask, expiresAt: start }])).map(inWords)).toEqual(["granted again"]);
    const id = granted?.kind === "granted" ? granted.holdId : "";
    await b.ledger.settleMany([settleAsk(id, "0.25", { final: false })]);
    expect(
      await b.ledger.settleMany([settleAsk(id, "0.5", { final: false }), settleAsk(id, "0.25"), settleAsk(id, "0.25", { key: ask.key, attempt: 2 })]),
    ).toEqual(Array.from({ length: 3 }, () => ({ kind: "refused", code: "idempotency.mismatch" })));
    expect(await numbers()).toEqual(["0.25 spent 0.75 held", "0.25 spent 0.75 held", "0.25 spent 0.75 held"]);
  });

  test("two different asks under one key in one call: the second is a mismatch", async () => {
    await tree(["10", "10", "10"]);
    const ask = holdAsk(climate, "1");
    expect((await b.ledger.holdMany([ask, { ...ask, amount: usd("2") }, ask])).map(inWords)).toEqual([
      "granted",
      `refused idempotency.mismatch ${climate} 0`,
      "granted again",
    ]);
  });

  test("the same keys in two batches in opposite order do not wait in a circle", async () => {
    await tree(["1000", "1000", "1000"]);
    const racing = await openDatabase({ url: bed.url });
    const [one, other] = [openLedger(racing, b.clock), openLedger(racing, b.clock)];
    for (let round = 0; round < 10; round += 1) {
      const asks = Array.from({ length: 40 }, () => holdAsk(climate, "1"));
      const answers = await Promise.all([one.holdMany(asks), other.holdMany(asks.toReversed())]);
      expect(answers.flat().filter((answer) => answer.kind === "granted" && !answer.replayed)).toHaveLength(40);
    }
    await Promise.all([one.close(), other.close()]);
    // A connection that ends says what it counted.
    await racing.close();
    expect(await b.db.query("select deadlocks from pg_stat_database where datname = current_database()")).toEqual([{ deadlocks: 0n }]);
  });

  test("the digest of the rest of a request is compared too: against the journal, a kept refusal, and within one call", async () => {
    await tree(["10", "10", "1"]);
    const [small, large] = [holdAsk(climate, "1", { request: "one" }), holdAsk(climate, "2", { request: "one" })];
    const again = (ask: typeof small) => [{ ...ask }, { ...ask, request: "other" }, { ...ask, request: null }];
    expect((await b.ledger.holdMany([small, { ...small, request: "other" }])).map(inWords)).toEqual(["granted", `refused idempotency.mismatch ${climate} 0`]);
    expect((await b.ledger.holdMany([large])).map(inWords)).toEqual([`refused budget.insufficient ${climate} 0`]);
    expect((await b.ledger.holdMany([...again(small), ...again(large)])).map(inWords)).toEqual([
      "granted again",
      ...Array.from({ length: 2 }, () => `refused idempotency.mismatch ${climate} 0`),
      `refused budget.insufficient ${climate} 0`,
      ...Array.from({ length: 2 }, () => `refused idempotency.mismatch ${climate} 0`),
    ]);
  });

  test("a refusal is the answer of its key for good, so that a copy that was delayed cannot be granted later", async () => {
    await tree(["10", "10", "1"]);
    const ask = holdAsk(climate, "2");
    expect((await b.ledger.holdMany([ask])).map(inWords)).toEqual([`refused budget.insufficient ${climate} 1`]);
    await b.accounts.allocate({ account: climate, amount: usd("5"), through: false, reason: "more" }, "owner", `more:${climate}`);
    expect((await b.ledger.holdMany([ask, { ...ask, key: `${ask.key}:again` }])).map(inWords)).toEqual([`refused budget.insufficient ${climate} 1`, "granted"]);
  });
});

describe("money given and taken", () => {
  test("takes back only what is free; an award that is cut posts as overrun", async () => {
    await tree(["10", "10", "10"]);
    await hold(b.ledger, climate, "6");
    const takeBack = b.accounts.allocate({ account: climate, amount: usd("-5"), through: false, reason: "too much" }, "owner", `back:${climate}`);
    await expect(takeBack).rejects.toMatchObject({ code: "budget.insufficient", facts: { available: "4.00" } });
    await bed.db.query("select headgate.allocate($1, $2, -5000000, false, true, 'owner', 'test', 'award cut', now(), now())", [`cut:${climate}`, climate]);
    expect(await standing(b.accounts, climate)).toEqual({ allocated: 5, spent: 0, held: 6, overrun: 1 });
  });

  test("reaches every level when it is given through, and the same key gives it once", async () => {
    await tree(["1", "1", "1"]);
    const give = () => b.accounts.allocate({ account: climate, amount: usd("2"), through: true, reason: "grant" }, "owner", `grant:${climate}`);
    await give();
    await give();
    expect((await Promise.all([uni, geo, climate].map((name) => standing(b.accounts, name)))).map(({ allocated }) => allocated)).toEqual([3, 3, 3]);
    await expect(
      b.accounts.allocate({ account: climate, amount: usd("3"), through: true, reason: "grant" }, "owner", `grant:${climate}`),
    ).rejects.toMatchObject({ code: "idempotency.mismatch" });
  });

  test("moves between accounts, never more than is free", async () => {
    await tree(["10", "10", "10"]);
    const sister = freshName("soil");
    await b.accounts.create(
      { name: sister, title: null, kind: "project", parent: geo, allocated: usd("1"), startsAt: null, endsAt: null },
      "owner",
      `open:${sister}`,
    );
    const move = (key: string, amount: string) =>
      bed.db.query("select headgate.transfer($1, $2, $3, $4, 'owner', 'test', 'shared', now(), now()) as done", [key, climate, sister, usd(amount)]);
    expect(await move(`m1:${sister}`, "4")).toEqual([{ done: true }]);
    expect(await move(`m1:${sister}`, "4")).toEqual([{ done: false }]);
    await expect(move(`m2:${sister}`, "7")).rejects.toMatchObject({ code: "HG001", detail: "budget.insufficient" });
    expect([(await standing(b.accounts, climate)).allocated, (await standing(b.accounts, sister)).allocated]).toEqual([6, 5]);
  });

  test("overrun that fits again is absorbed by decision, not by itself", async () => {
    await tree(["100", "100", "10"]);
    const [first, second] = [await hold(b.ledger, climate, "5"), await hold(b.ledger, climate, "5")];
    await b.ledger.settleMany([settleAsk(first, "6")]);
    await b.ledger.settleMany([settleAsk(second, "2")]);
    expect(await standing(b.accounts, climate)).toMatchObject({ spent: 8, held: 0, overrun: 1 });
    expect((await b.ledger.holdMany([holdAsk(climate, "1")])).map(inWords)).toEqual([`refused budget.overrun ${climate} 0`]);
    await bed.db.query("select headgate.absorb_overrun($1, $2, 'owner', 'test', 'it fits again', now())", [`absorb:${climate}`, climate]);
    expect((await b.ledger.holdMany([holdAsk(climate, "2")])).map(inWords)).toEqual(["granted"]);
  });
});

describe("asks that cannot be booked", () => {
  test.each([
    ["a negative amount", { amount: usd("-1") }, "budget.amount-invalid"],
    ["more than a movement may be", { amount: 1_000_000_000_000_001n as never }, "budget.amount-invalid"],
    ["an empty key", { key: "" }, "input.invalid"],
    ["a key of 301 characters", { key: "k".repeat(301) }, "input.invalid"],
    ["a NUL in the subject", { subject: "job:\0" }, "input.invalid"],
    ["half a character", { person: "mar\ud800ia" }, "input.invalid"],
    ["half a character in the formula", { formula: [{ source: "\udc00" } as never] }, "input.invalid"],
    ["a NUL in the formula", { formula: [{ source: "a\0b" } as never] }, "input.invalid"],
    ["a formula without end", { formula: Array.from({ length: 9000 }, () => ({}) as never) }, "input.invalid"],
    ["a time that is none", { expiresAt: Number.NaN as never }, "input.invalid"],
    ["a time beyond all calendars", { until: 9e15 as never }, "input.invalid"],
  ])("%s is refused before it meets others", async (_name, more, code) => {
    await tree(["1", "1", "1"]);
    await expect(b.ledger.holdMany([holdAsk(climate, "1"), holdAsk(climate, "0", more)])).rejects.toMatchObject({ name: "Problem", code });
    expect(await numbers()).toEqual(["0 spent 0 held", "0 spent 0 held", "0 spent 0 held"]);
  });

  test("a settlement of less than nothing, or of attempt 0", async () => {
    const id = "01890000-0000-7000-8000-000000000001";
    await expect(b.ledger.settleMany([settleAsk(id, "-50")])).rejects.toBeInstanceOf(Problem);
    await expect(b.ledger.settleMany([settleAsk(id, "1", { attempt: 0 })])).rejects.toMatchObject({ code: "input.invalid" });
    await expect(b.ledger.releaseMany([{ key: "x", holdId: "'; drop table headgate.hold --", at: start, note: "" }])).rejects.toMatchObject({
      code: "input.invalid",
    });
  });
});

test("a formula may have quotes, line ends and whole characters of any plane, and comes back as it was", async () => {
  await tree(["1", "1", "1"]);
  const source = 'rates "2026"\n\\u0000 \u{1f4a7}';
  const id = await hold(b.ledger, climate, "0.5", { formula: [{ source } as never] });
  const [row] = await bed.db.query<{ detail: { formula: unknown } }>(
    "select t.detail from headgate.hold h join headgate.journal_transaction t on t.number = h.transaction where h.id = $1",
    [id],
  );
  expect(row?.detail.formula).toEqual([{ source }]);
});

test("the journal cannot be changed, not even by its owner", async () => {
  for (const statement of [
    "update headgate.journal_entry set amount = 1",
    "delete from headgate.journal_transaction",
    "truncate headgate.journal_batch",
    "delete from headgate.journal_entry where false",
  ]) {
    await expect(bed.db.query(statement)).rejects.toThrow(/append-only|permission denied/);
  }
});

test("a service that owns nothing moves money by the functions and cannot write a table", async () => {
  await tree(["1", "1", "1"]);
  const role = freshName("service").replace("-", "_");
  const served = bed.db.transaction(async (tx) => {
    await tx.query(`create role ${role} nologin`);
    await tx.query(`grant usage on schema headgate to ${role}`);
    await tx.query(`grant select on all tables in schema headgate to ${role}`);
    await tx.query(`set local role ${role}`);
    const document = [
      {
        key: `served:${climate}`,
        id: "01890000-0000-7000-8000-0000000000aa",
        account: climate,
        unit: "USD",
        amount: "1",
        person: "maria",
        subject: "job:1",
        by_person: "maria",
        source: "test",
      },
    ];
    const rows = await tx.query<{ code: string | null }>("select code from headgate.hold_many($1, now())", [JSON.stringify(document)]);
    expect(rows).toEqual([{ code: null }]);
    await tx.query("update headgate.balance set allocated = allocated + 1");
  });
  await expect(served).rejects.toThrow("permission denied for table balance");
});
