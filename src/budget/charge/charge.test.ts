import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { ledgerVerifications } from "../index.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { bench, freshName, hold, holdAsk, inWords, openTree, settleAsk, standing, start, usd, type Bench } from "../test-tree.ts";
import type { ChargeAsk } from "./charge.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;
let uni: string;
let climate: string;

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
});
afterAll(() => bed.drop());

async function tree(top: string, bottom: string): Promise<void> {
  [uni, climate] = [freshName("uni"), freshName("climate")];
  await openTree(b.accounts, { [uni]: top, [climate]: bottom });
}

let rows = 0;
function row(amount: string, more: Partial<ChargeAsk> = {}): ChargeAsk {
  rows += 1;
  return {
    key: `bill:${rows}`,
    account: climate,
    amount: usd(amount),
    person: "maria",
    subject: `bill:${rows}`,
    figure: "billed",
    at: start,
    note: "",
    ...more,
  };
}

async function numbers(): Promise<string[]> {
  const levels = await Promise.all([uni, climate].map((name) => standing(b.accounts, name)));
  return levels.map(({ spent, held, overrun }) => `${spent} spent ${held} held ${overrun} overrun`);
}

async function faults(): Promise<readonly string[]> {
  return (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);
}

describe("a charge without a reservation", () => {
  test("is spent on the whole path, and the same rows again add no entry", async () => {
    await tree("10", "10");
    const batch = [row("1.5"), row("0.25"), row("0")];
    const first = await b.ledger.chargeMany([...batch, batch[0]!]);
    const again = await b.another().chargeMany(batch);
    expect(first.map((answer) => answer.kind === "charged" && [answer.charged, answer.replayed])).toEqual([
      [usd("1.5"), false],
      [usd("0.25"), false],
      [0n, false],
      [usd("1.5"), true],
    ]);
    expect(again).toEqual(first.slice(0, 3).map((answer) => ({ ...answer, replayed: true })));
    expect(await numbers()).toEqual(["1.75 spent 0 held 0 overrun", "1.75 spent 0 held 0 overrun"]);
    expect(await faults()).toEqual([]);
  });

  test("under a key that was used for something else is refused, and so is an account that is not there or is kept in another unit", async () => {
    await tree("10", "10");
    const ask = row("1");
    await b.ledger.chargeMany([ask]);
    const answers = await b.ledger.chargeMany([{ ...ask, amount: usd("2") }, row("1", { account: "nowhere" }), row("1", { unit: "SU" })]);
    expect(answers.map((answer) => answer.kind === "refused" && answer.code)).toEqual([
      "idempotency.mismatch",
      "budget.account-unknown",
      "budget.unit-mismatch",
    ]);
    expect(await numbers()).toEqual(["1 spent 0 held 0 overrun", "1 spent 0 held 0 overrun"]);
  });

  test.each(["frozen", "closed", "ended"])("posts to an account that is %s", async (state) => {
    await tree("10", "10");
    const [status, ends] = state === "ended" ? ["open", "2026-01-01"] : [state, null];
    await bed.db.query("select headgate.change_account($1, $2, $3, null, $4, 'owner', 'test', '', now())", [freshName("change"), climate, status, ends]);
    expect(await b.ledger.chargeMany([row("3")])).toMatchObject([{ kind: "charged", overrun: 0n }]);
    expect(await numbers()).toEqual(["3 spent 0 held 0 overrun", "3 spent 0 held 0 overrun"]);
  });

  test("beyond a limit becomes overrun of just the levels it breaks, and new reservations wait until somebody decides", async () => {
    await tree("100", "10");
    await hold(b.ledger, climate, "6");
    expect(await b.ledger.chargeMany([row("5")])).toMatchObject([{ kind: "charged", charged: usd("5"), overrun: usd("1") }]);
    expect(await numbers()).toEqual(["5 spent 6 held 0 overrun", "5 spent 6 held 1 overrun"]);
    expect((await b.ledger.holdMany([holdAsk(climate, "0.01")])).map(inWords)).toEqual([`refused budget.overrun ${climate} 0`]);
    expect(await faults()).toEqual([]);
  });

  test("counts against the limits of its person and its partition", async () => {
    await tree("100", "100");
    await bed.db.query("select headgate.set_limit($1, $2, 'person', 'sarah', 3000000, 'owner', 'test', '', now())", [freshName("limit"), climate]);
    await bed.db.query("select headgate.set_limit($1, $2, 'partition', 'gpu', 2000000, 'owner', 'test', '', now())", [freshName("limit"), climate]);
    expect(await b.ledger.chargeMany([row("2", { person: "sarah" }), row("5", { person: "sarah", partition: "gpu" })])).toMatchObject([
      { overrun: 0n },
      { overrun: usd("4") },
    ]);
    expect((await b.ledger.holdMany([holdAsk(climate, "1", { person: "sarah" })])).map(inWords)).toEqual([`refused budget.overrun ${climate}/person:sarah 0`]);
    expect((await b.ledger.holdMany([holdAsk(climate, "1")])).map(inWords)).toEqual(["granted"]);
    expect(await faults()).toEqual([]);
  });
});

test("an attempt that is not the last gives its own share of the reservation back at once, never more than is left", async () => {
  await tree("100", "100");
  const id = await hold(b.ledger, climate, "10");
  const [first] = await b.ledger.settleMany([settleAsk(id, "1", { final: false, frees: usd("1.5") })]);
  expect(first).toMatchObject({ charged: usd("1"), returned: usd("1.5"), overrun: 0n });
  expect(await numbers()).toEqual(["1 spent 7.5 held 0 overrun", "1 spent 7.5 held 0 overrun"]);
  const [second] = await b.ledger.settleMany([settleAsk(id, "7", { attempt: 2, final: false, frees: usd("3") })]);
  expect(second).toMatchObject({ charged: usd("7"), returned: usd("0.5") });
  expect(await b.ledger.settleMany([settleAsk(id, "0", { attempt: 3 })])).toMatchObject([{ returned: 0n }]);
  expect(await faults()).toEqual([]);
});

test("over HTTP a charge says its number, and is made once for a key", async () => {
  await tree("10", "1");
  const body = { amount: "1.25", subject: "bill:2026-11", note: "row 1", at: "2026-11-01T00:00:00Z", detail: { row: 1 } };
  const first = (await call("charge", owner, { params: { name: climate }, body, key: "owner:bill" })) as { transaction: string };
  expect(first).toMatchObject({ charged: "1.25", unit: "USD", overrun: "0.25", replayed: false });
  expect(await call("charge", owner, { params: { name: climate }, body, key: "owner:bill" })).toEqual({ ...first, replayed: true });
  await expect(call("charge", owner, { params: { name: "nowhere" }, body, key: "owner:other" })).rejects.toMatchObject({ code: "budget.account-unknown" });
  const journal = (await call("listJournal", owner, { query: { account: climate } })) as { items: object[] };
  expect(journal.items[0]).toMatchObject({
    number: first.transaction,
    kind: "charge",
    figure: "billed",
    why: "row 1",
    effective_at: "2026-11-01T00:00:00.000Z",
  });
});
