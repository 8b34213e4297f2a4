import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, milliseconds, Problem } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { ledgerVerifications } from "./index.ts";
import { caller, owner, type Call } from "./test-call.ts";
import { bench, freshName, hold, holdAsk, inWords, openTree, settleAsk, standing, start, usd, type Bench } from "./test-tree.ts";

const HOUR_MS = 3_600_000;

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
beforeEach(async () => {
  [uni, climate] = [freshName("uni"), freshName("climate")];
  await openTree(b.accounts, { [uni]: "100", [climate]: "10" });
});

const bill = (amount: string, line = "1") =>
  b.ledger.chargeMany([
    {
      key: `bill:${climate}:${line}`,
      account: climate,
      amount: usd(amount),
      person: "owner",
      subject: "bill:2026-11",
      figure: "billed",
      at: start,
      note: "EC2",
    },
  ]);
const cut = (account: string, dollars: number) =>
  bed.db.query("select headgate.allocate($1, $2, $3, false, true, 'owner', 'test', 'the agency cut the award', now(), now())", [
    freshName("cut"),
    account,
    -dollars * 1_000_000,
  ]);

/** A charge for a reservation whose time is long over: nothing is set aside for it any more. */
async function lateSettlement(amount: string): Promise<string> {
  const id = await hold(b.ledger, climate, "1", { expiresAt: addMs(start, milliseconds(-1)) });
  await b.ledger.expireHolds();
  const [answer] = await b.ledger.settleMany([settleAsk(id, amount)]);
  return answer!.kind;
}

/** The three ways in which a truth that nobody asked about takes more than there is, each by $5. */
const TRUTHS: readonly [name: string, over: () => Promise<unknown>, spent: number][] = [
  ["a row of the bill", () => bill("15"), 15],
  ["a settlement that comes late", () => lateSettlement("15"), 15],
  [
    "a cut award",
    async () => {
      await bill("9");
      await cut(climate, 6);
    },
    9,
  ],
];

describe.each(TRUTHS)("%s that takes more than there is", (_name, over, spent) => {
  test("is posted, and what is beyond the limit is overrun by name", async () => {
    await over();
    expect(await standing(b.accounts, climate)).toMatchObject({ spent, held: 0, overrun: 5 });
    // The level above has room: it pays and is not overrun.
    expect(await standing(b.accounts, uni)).toMatchObject({ spent, overrun: 0 });
    const [row] = await bed.db.query<{ entries: bigint }>(
      `select count(*) as entries from headgate.journal_entry e join headgate.account a on a.id = e.from_node
       where a.name = $1 and e.from_pocket = 'overrun' and e.amount = 5000000`,
      [climate],
    );
    expect(row?.entries).toBe(1n);
    expect((await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults)).toEqual([]);
  });

  test("lets nothing new be reserved, not even for nothing, until somebody gives money or takes it upon himself", async () => {
    await over();
    const asked = async (amount: string) => inWords((await b.ledger.holdMany([holdAsk(climate, amount)]))[0]);
    expect(await asked("0.01")).toBe(`refused budget.overrun ${climate} 0`);
    expect(await asked("0")).toBe(`refused budget.overrun ${climate} 0`);
    await b.accounts.allocate({ account: climate, amount: usd("4.999999"), through: false, reason: "nearly" }, "owner", freshName("give"));
    expect(await asked("0.000001")).toBe(`refused budget.overrun ${climate} 0`);
    await b.accounts.allocate({ account: climate, amount: usd("1"), through: false, reason: "enough" }, "owner", freshName("give"));
    expect(await asked("0.999999")).toBe("granted");
  });
});

test("bill, late settlement and cut together, of a parent too: every level carries its own overrun", async () => {
  const sister = freshName("soil");
  await b.accounts.create({ name: sister, title: null, kind: "project", parent: uni, allocated: usd("100"), startsAt: null, endsAt: null }, "owner", sister);
  const kept = await hold(b.ledger, sister, "80");
  await bill("8");
  expect(await lateSettlement("7")).toBe("settled");
  await cut(uni, 50);
  expect(await standing(b.accounts, climate)).toMatchObject({ spent: 15, overrun: 5 });
  expect(await standing(b.accounts, uni)).toMatchObject({ spent: 15, held: 80, allocated: 50, overrun: 45 });
  // The work that was promised money is charged, and nothing new begins beside it.
  expect(inWords((await b.ledger.holdMany([holdAsk(sister, "1")]))[0])).toBe(`refused budget.overrun ${uni} 0`);
  expect(await b.ledger.settleMany([settleAsk(kept, "60")])).toMatchObject([{ kind: "settled", charged: usd("60"), returned: usd("20") }]);
  expect((await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults)).toEqual([]);
});

test("the same import twice, through two servers at once and in another order, adds no entry", async () => {
  const rows = Array.from({ length: 40 }, (_, index) => ({
    key: `import:${climate}:${index}`,
    account: climate,
    amount: usd("0.75"),
    person: "owner",
    subject: `bill:2026-11:${index}`,
    figure: "billed" as const,
    at: start,
    note: "",
  }));
  const count = async () => (await bed.db.query<{ entries: bigint }>("select count(*) as entries from headgate.journal_entry"))[0]!.entries;
  await b.ledger.chargeMany(rows);
  const before = await count();
  const other = b.another();
  const again = await Promise.all([b.ledger.chargeMany(rows.toReversed()), other.chargeMany(rows), other.chargeMany(rows.slice(7, 19))]);
  expect(await count()).toBe(before);
  expect(again.flat().every((answer) => answer.kind === "charged" && answer.replayed)).toBe(true);
  expect(await standing(b.accounts, climate)).toMatchObject({ spent: 30, overrun: 20 });
  await other.close();
});

describe("an account that ends tomorrow", () => {
  const change = (from: string | null, to: string | null) =>
    bed.db.query("select headgate.change_account($1, $2, 'open', $3, $4, 'owner', 'test', '', now())", [
      freshName("change"),
      uni,
      from ?? "-infinity",
      to ?? "infinity",
    ]);
  const place = (hours: number) =>
    call("placeHold", owner, {
      key: freshName("key"),
      body: { account: climate, amount: "1", subject: "job:1", until: new Date(start + hours * HOUR_MS).toISOString() },
    });
  const refusal = async (hours: number) => {
    const error: unknown = await place(hours).catch((thrown: unknown) => thrown);
    if (!(error instanceof Problem)) throw new Error("it was not refused");
    return { code: error.code, detail: error.detail, date: error.facts["date"], account: error.facts["account"] };
  };

  test("refuses 30 hours of work with its date, also when the end is that of a level above, and grants 24", async () => {
    await change(null, "2026-11-22T12:00:00Z");
    expect(await refusal(30)).toEqual({
      code: "budget.crosses-end",
      detail: `${uni} ends on 2026-11-22 12:00 UTC, and what is asked for could go on after that`,
      date: "2026-11-22T12:00:00.000Z",
      account: uni,
    });
    await expect(place(24)).resolves.toMatchObject({ replayed: false });
  });

  test("names its date when it has ended, or has not started", async () => {
    await change(null, "2026-11-21T11:00:00Z");
    expect(await refusal(1)).toMatchObject({ code: "budget.ended", detail: `${uni} ended on 2026-11-21 11:00 UTC` });
    await change("2026-12-01", null);
    expect(await refusal(1)).toMatchObject({ code: "budget.not-started", detail: `${uni} starts on 2026-12-01 00:00 UTC`, date: "2026-12-01T00:00:00.000Z" });
  });
});
