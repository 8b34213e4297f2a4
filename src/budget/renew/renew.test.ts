import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, micros, milliseconds, seededRandomness } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { ledgerVerifications } from "../index.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { bench, freshName, hold, openTree, settleAsk, standing, start, usd, type Bench } from "../test-tree.ts";
import { decideRenewal, type RenewAnswer, type RenewAsk } from "./renew.ts";

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

function renewal(holdId: string, amount: string | null, more: Partial<RenewAsk> = {}): RenewAsk {
  return { key: freshName("renew"), holdId, amount: amount === null ? null : usd(amount), expiresAt: null, at: start, note: "nodes started", ...more };
}

function inWords(answer: RenewAnswer): string {
  if (answer.kind === "renewed") return `${Number(answer.amount) / 1e6} in total, ${Number(answer.returned) / 1e6} returned${answer.replayed ? " again" : ""}`;
  return `refused ${answer.code} ${answer.account} ${Number(answer.available) / 1e6}`;
}

async function numbers(): Promise<string[]> {
  const levels = await Promise.all([uni, climate].map((name) => standing(b.accounts, name)));
  return levels.map(({ spent, held, overrun }) => `${spent} spent ${held} held ${overrun} overrun`);
}

async function faults(): Promise<readonly string[]> {
  return (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);
}

const later = addMs(start, milliseconds(3_600_000));

describe("more of a reservation", () => {
  test("is limited on every level, and a refusal is the answer of its key for good", async () => {
    await tree("12", "100");
    const id = await hold(b.ledger, climate, "5");
    const tooMuch = renewal(id, "13");
    const fits = renewal(id, "12");
    expect((await b.ledger.renewMany([tooMuch, fits, fits])).map(inWords)).toEqual([
      `refused budget.insufficient ${uni} 7`,
      "12 in total, 0 returned",
      "12 in total, 0 returned again",
    ]);
    await b.accounts.allocate({ account: uni, amount: usd("50"), through: false, reason: "more" }, "owner", freshName("more"));
    expect((await b.ledger.renewMany([tooMuch, { ...tooMuch, amount: usd("14") }])).map(inWords)).toEqual([
      `refused budget.insufficient ${uni} 7`,
      `refused idempotency.mismatch ${uni} 7`,
    ]);
    expect(await numbers()).toEqual(["0 spent 12 held 0 overrun", "0 spent 12 held 0 overrun"]);
    expect(await faults()).toEqual([]);
  });

  test("waits while a level is frozen, overrun, or ends before the work can; less never does", async () => {
    await tree("100", "20");
    const id = await hold(b.ledger, climate, "5");
    await bed.db.query("select headgate.change_account($1, $2, 'frozen', null, null, 'owner', 'test', '', now())", [freshName("freeze"), climate]);
    expect((await b.ledger.renewMany([renewal(id, "6"), renewal(id, "4")])).map(inWords)).toEqual([
      `refused budget.frozen ${climate} 0`,
      "4 in total, 1 returned",
    ]);
    await bed.db.query("select headgate.change_account($1, $2, 'open', null, '2026-11-21T12:30:00Z', 'owner', 'test', '', now())", [
      freshName("open"),
      climate,
    ]);
    expect((await b.ledger.renewMany([renewal(id, "6", { until: later }), renewal(id, "5")])).map(inWords)).toEqual([
      `refused budget.crosses-end ${climate} 0`,
      "5 in total, 0 returned",
    ]);
    await b.ledger.settleMany([settleAsk(id, "30", { final: false })]);
    expect((await b.ledger.renewMany([renewal(id, "6")])).map(inWords)).toEqual([`refused budget.overrun ${climate} 0`]);
    expect(await faults()).toEqual([]);
  });
});

test("less of a reservation never undoes what was drawn of it", async () => {
  await tree("100", "100");
  const id = await hold(b.ledger, climate, "10");
  await b.ledger.settleMany([settleAsk(id, "8", { final: false })]);
  expect((await b.ledger.renewMany([renewal(id, "5")])).map(inWords)).toEqual(["8 in total, 2 returned"]);
  expect((await b.ledger.renewMany([renewal(id, "10")])).map(inWords)).toEqual(["10 in total, 0 returned"]);
  expect(await numbers()).toEqual(["8 spent 2 held 0 overrun", "8 spent 2 held 0 overrun"]);
  expect(await faults()).toEqual([]);
});

test("a new expiry is what the sweep goes by", async () => {
  await tree("100", "100");
  const id = await hold(b.ledger, climate, "10", { expiresAt: addMs(start, milliseconds(-1)) });
  expect(await b.ledger.renewMany([renewal(id, null, { expiresAt: later })])).toMatchObject([{ kind: "renewed", amount: usd("10"), expiresAt: later }]);
  expect(await b.ledger.expireHolds()).toBe(0);
  expect((await b.ledger.renewMany([renewal(id, "3")]))[0]).toMatchObject({ expiresAt: later, returned: usd("7") });
  await b.ledger.releaseMany([{ key: freshName("release"), holdId: id, at: start, note: "" }]);
  expect((await b.ledger.renewMany([renewal(id, "3"), renewal("01890000-0000-7000-8000-000000000000", "3")])).map(inWords)).toEqual([
    "refused budget.hold-closed  0",
    "refused budget.hold-unknown  0",
  ]);
  expect(await faults()).toEqual([]);
});

test("over HTTP keeps the formula of the new price, and needs something to change", async () => {
  await tree("100", "8");
  const id = await hold(b.ledger, climate, "5");
  const body = { amount: "7", expires_at: "2026-12-01T00:00:00Z", note: "two more hours" };
  expect(await call("renewHold", owner, { params: { id }, body, key: "owner:n" })).toEqual({
    amount: "7.00",
    returned: "0.00",
    expires_at: "2026-12-01T00:00:00.000Z",
    replayed: false,
  });
  expect(await call("showHold", owner, { params: { id } })).toMatchObject({ amount: "7.00", remaining: "7.00", expires_at: "2026-12-01T00:00:00.000Z" });
  await expect(call("renewHold", owner, { params: { id }, body: { amount: "9", note: "more" }, key: "owner:n2" })).rejects.toMatchObject({
    code: "budget.insufficient",
    facts: { account: climate, available: "1.00" },
  });
  await expect(call("renewHold", owner, { params: { id }, body: { note: "nothing" }, key: "owner:n3" })).rejects.toThrow(/names neither/);
});

test("the rule and the SQL agree on random changes", async () => {
  const dice = seededRandomness(815);
  await tree("0.000100", "0.000080");
  const holds = await Promise.all(Array.from({ length: 4 }, () => hold(b.ledger, climate, "0.000010")));
  const model = new Map(holds.map((id) => [id, { amount: micros(10n), remaining: micros(10n) }]));
  for (let round = 0; round < 80; round += 1) {
    const id = holds[dice.below(holds.length)]!;
    const held = model.get(id)!;
    if (dice.below(4) === 0) {
      const amount = micros(BigInt(dice.below(4)));
      await b.ledger.settleMany([settleAsk(id, "0", { amount, attempt: round + 1, final: false })]);
      model.set(id, { ...held, remaining: micros(held.remaining - (amount < held.remaining ? amount : held.remaining)) });
      continue;
    }
    const asked = micros(BigInt(dice.below(50)));
    const decision = decideRenewal(held, (await b.accounts.get(climate)).levels, asked, start, null);
    const [answer] = await b.ledger.renewMany([{ ...renewal(id, "0"), amount: asked }]);
    if (decision.kind === "refused") {
      expect(answer, `round ${round}`).toEqual({
        kind: "refused",
        code: decision.code,
        account: decision.level,
        available: decision.available,
        asked,
      });
      continue;
    }
    const changed = { amount: micros(held.amount + decision.more), remaining: micros(held.remaining + decision.more) };
    model.set(id, changed);
    expect(answer, `round ${round}`).toMatchObject({ kind: "renewed", amount: changed.amount, returned: decision.more < 0n ? -decision.more : 0n });
  }
  expect(await faults()).toEqual([]);
});
