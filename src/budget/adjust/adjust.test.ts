import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { micros, seededRandomness } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { ledgerVerifications } from "../index.ts";
import { foundIn } from "../test-damage.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { bench, freshName, hold, holdAsk, inWords, openTree, settleAsk, standing, start, usd, type Bench } from "../test-tree.ts";
import { coverByRefund, refundable, type AdjustAsk } from "./adjust.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;
let uni: string;
let climate: string;
let overhead: string;

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
});
afterAll(() => bed.drop());

async function tree(top: string, bottom: string): Promise<void> {
  [uni, climate, overhead] = [freshName("uni"), freshName("climate"), freshName("overhead")];
  await openTree(b.accounts, { [uni]: top, [climate]: bottom });
  await b.accounts.create({ name: overhead, title: null, kind: "overhead", parent: uni, allocated: usd("2"), startsAt: null, endsAt: null }, "owner", overhead);
}

/** Charges climate; gives the number of the transaction. */
async function charged(amount: string): Promise<bigint> {
  const key = freshName("charge");
  const [answer] = await b.ledger.chargeMany([
    { key, account: climate, amount: usd(amount), person: "maria", subject: key, figure: "billed", at: start, note: "" },
  ]);
  if (answer?.kind !== "charged") throw new Error(`${amount} was not charged`);
  return answer.number;
}

function refund(mends: bigint, amount: string): AdjustAsk {
  const by = { person: "owner", source: "test" };
  return { key: freshName("refund"), kind: "refund", mends, amount: usd(amount), at: start, note: "the node failed", approver: "sarah", by };
}

function writeOff(mends: bigint, amount: string, bearer: string): AdjustAsk {
  return { ...refund(mends, amount), kind: "write-off", bearer };
}

async function numbers(...names: string[]): Promise<string[]> {
  const levels = await Promise.all(names.map((name) => standing(b.accounts, name)));
  return levels.map(({ spent, held, overrun }) => `${spent} spent ${held} held ${overrun} overrun`);
}

async function faults(): Promise<readonly string[]> {
  return (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);
}

describe("a refund", () => {
  test("gives back what was charged, once for its key, at most what the charge has left", async () => {
    await tree("100", "50");
    const number = await charged("10");
    const first = refund(number, "6");
    expect(await b.ledger.adjustMany([first, first, refund(number, "5"), refund(number, "4")])).toMatchObject([
      { kind: "adjusted", covered: 0n, replayed: false },
      { kind: "adjusted", replayed: true },
      { kind: "refused", code: "budget.refund-exceeds", refundable: usd("4") },
      { kind: "adjusted", replayed: false },
    ]);
    expect(await b.ledger.adjustMany([{ ...first, amount: usd("1") }, refund(number, "0.000001"), refund(7n, "1")])).toMatchObject([
      { code: "idempotency.mismatch" },
      { code: "budget.refund-exceeds", refundable: 0n },
      { code: "budget.charge-unknown" },
    ]);
    expect(await numbers(uni, climate)).toEqual(["0 spent 0 held 0 overrun", "0 spent 0 held 0 overrun"]);
    expect(await faults()).toEqual([]);
  });

  test("leaves the settlement it mends as it was, and says whose decision it is", async () => {
    await tree("100", "50");
    const id = await hold(b.ledger, climate, "5");
    await b.ledger.settleMany([settleAsk(id, "3")]);
    const [settled] = await bed.db.query<{ number: bigint; hash: Buffer }>(
      "select t.number, sha256(headgate.transaction_bytes(t)) as hash from headgate.journal_transaction t where kind = 'settle' and hold_id = $1",
      [id],
    );
    expect(await b.ledger.adjustMany([refund(settled!.number, "2")])).toMatchObject([{ kind: "adjusted" }]);
    const rows = await bed.db.query(
      "select kind, mends, detail ->> 'approver' as approver, by_person, why, person from headgate.journal_transaction where hold_id = $1 and kind = 'refund'",
      [id],
    );
    expect(rows).toEqual([{ kind: "refund", mends: settled!.number, approver: "sarah", by_person: "owner", why: "the node failed", person: "maria" }]);
    expect(
      await bed.db.query("select sha256(headgate.transaction_bytes(t)) as hash from headgate.journal_transaction t where number = $1", [settled!.number]),
    ).toEqual([{ hash: settled!.hash }]);
    expect(await numbers(climate)).toEqual(["1 spent 0 held 0 overrun"]);
  });

  test("lowers overrun first, and what then fits can be reserved again", async () => {
    await tree("100", "10");
    const number = await charged("12");
    expect(await numbers(uni, climate)).toEqual(["12 spent 0 held 0 overrun", "12 spent 0 held 2 overrun"]);
    expect(await b.ledger.adjustMany([refund(number, "1.5")])).toMatchObject([{ covered: usd("1.5") }]);
    expect((await b.ledger.holdMany([holdAsk(climate, "0.1")])).map(inWords)).toEqual([`refused budget.overrun ${climate} 0`]);
    expect(await b.ledger.adjustMany([refund(number, "3.5")])).toMatchObject([{ covered: usd("0.5") }]);
    expect(await numbers(uni, climate)).toEqual(["7 spent 0 held 0 overrun", "7 spent 0 held 0 overrun"]);
    expect((await b.ledger.holdMany([holdAsk(climate, "3.1"), holdAsk(climate, "3")])).map(inWords)).toEqual([
      `refused budget.insufficient ${climate} 3`,
      "granted",
    ]);
    expect(await faults()).toEqual([]);
  });

  test("of many racing ones is never more than was charged", async () => {
    await tree("100", "50");
    const number = await charged("10");
    const other = b.another();
    const racing = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? b.ledger : other).adjustMany([refund(number, "1.1")]));
    const answers = (await Promise.all(racing)).flat();
    expect(answers.filter((answer) => answer.kind === "adjusted")).toHaveLength(9);
    expect(await numbers(climate)).toEqual(["0.1 spent 0 held 0 overrun"]);
    await other.close();
  });
});

describe("a write-off", () => {
  test("has another account bear the loss, beyond its limit as overrun, in one batch with the refund", async () => {
    await tree("100", "50");
    const number = await charged("10");
    const ask = writeOff(number, "3", overhead);
    const [first] = await b.ledger.adjustMany([ask]);
    expect(first).toMatchObject({ kind: "adjusted", covered: 0n, overrun: usd("1"), replayed: false });
    expect(await b.ledger.adjustMany([ask])).toEqual([{ ...first, replayed: true }]);
    expect(await numbers(uni, climate, overhead)).toEqual(["10 spent 0 held 0 overrun", "7 spent 0 held 0 overrun", "3 spent 0 held 1 overrun"]);
    expect(await b.ledger.adjustMany([writeOff(number, "1", "nowhere"), writeOff(number, "8", overhead)])).toMatchObject([
      { code: "budget.account-unknown" },
      { code: "budget.refund-exceeds", refundable: usd("7") },
    ]);
    expect(await faults()).toEqual([]);
  });

  test("is found by verify when what bears the loss is not there", async () => {
    await tree("100", "50");
    const number = await charged("10");
    await b.ledger.adjustMany([writeOff(number, "3", overhead)]);
    const found = await foundIn(bed.db, "update headgate.journal_transaction set key = 'x' || key where key like 'ledger:loss:%'");
    expect(found.join()).toContain("nobody who bears the loss");
  });
});

test("over HTTP names what it mends, why and who decided", async () => {
  await tree("100", "50");
  const number = await charged("10");
  const body = { kind: "refund", mends: String(number), amount: "2.5", reason: "node failure", approver: "sarah" };
  expect(await call("adjust", owner, { body, key: "owner:r" })).toMatchObject({ covered: "0.00", overrun: "0.00", replayed: false });
  await expect(call("adjust", owner, { body: { ...body, amount: "9" }, key: "owner:r2" })).rejects.toMatchObject({
    code: "budget.refund-exceeds",
    facts: { refundable: "7.50" },
  });
  expect(await call("adjust", owner, { body: { ...body, kind: "write-off", bearer: overhead }, key: "owner:w" })).toMatchObject({ overrun: "0.50" });
  expect(
    ((await call("listJournal", owner, { query: { account: climate } })) as { items: { kind: string }[] }).items.map(({ kind }) => kind).slice(0, 3),
  ).toEqual(["write-off", "refund", "charge"]);
});

test("the rule and the SQL agree on random charges and refunds", async () => {
  const dice = seededRandomness(4711);
  await tree("0.000200", "0.000060");
  const model = { overrun: [0n, 0n], spent: 0n };
  const limits = [200n, 60n];
  const charges: { number: bigint; amount: bigint; refunds: bigint[] }[] = [];
  for (let round = 0; round < 60; round += 1) {
    if (charges.length === 0 || dice.below(2) === 0) {
      const amount = BigInt(dice.below(40));
      charges.push({ number: await charged(`0.${String(amount).padStart(6, "0")}`), amount, refunds: [] });
      model.spent += amount;
      model.overrun = model.overrun.map((overrun, level) => (model.spent - limits[level]! > overrun ? model.spent - limits[level]! : overrun));
      continue;
    }
    const charge = charges[dice.below(charges.length)]!;
    const amount = micros(BigInt(dice.below(30)));
    const left = refundable(micros(charge.amount), charge.refunds.map(micros));
    const [answer] = await b.ledger.adjustMany([{ ...refund(charge.number, "0"), amount }]);
    if (amount > left) {
      expect(answer, `round ${round}`).toEqual({ kind: "refused", code: "budget.refund-exceeds", refundable: left });
      continue;
    }
    const covered = coverByRefund(
      model.overrun.map((overrun) => ({ overrun: micros(overrun) })),
      amount,
    );
    charge.refunds.push(amount);
    model.spent -= amount;
    model.overrun = model.overrun.map((overrun, level) => overrun - covered[level]!);
    expect(answer, `round ${round}`).toMatchObject({ kind: "adjusted", covered: covered[0]! > covered[1]! ? covered[0] : covered[1] });
    const records = await Promise.all([uni, climate].map((name) => b.accounts.get(name)));
    expect(records.map(({ overrun, spent }) => [overrun, spent])).toEqual(model.overrun.map((overrun) => [overrun, model.spent]));
  }
  expect(await faults()).toEqual([]);
});
