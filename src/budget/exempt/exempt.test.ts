import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, instantToIso, milliseconds, type Person } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { ledgerVerifications } from "../index.ts";
import { caller, owner, type Call } from "../test-call.ts";
import { foundIn } from "../test-damage.ts";
import { bench, freshName, holdAsk, inWords, openTree, settleAsk, standing, start, usd, type Bench } from "../test-tree.ts";

const HOUR = 3_600_000;
const admin: Person = { name: "ada", admin: true };
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
beforeEach(async () => {
  b.clock.set(start);
  [uni, climate] = [freshName("uni"), freshName("climate")];
  await openTree(b.accounts, { [uni]: "100", [climate]: "10" });
});
afterAll(() => bed.drop());

const body = { kind: "exemption", person: "maria", reason: "deadline", approver: "dean" };
const emergency = { ...body, kind: "break-glass", hours: 24, reason: "flood forecast" };

function grant(account: string, more: object = {}, person = owner, key = freshName("grant")): Promise<unknown> {
  return call("grantExemption", person, { params: { name: account }, body: { ...body, ...more }, key });
}

function withdraw(account: string, kind = "exemption", key = freshName("withdraw")): Promise<unknown> {
  return call("withdrawExemption", owner, { params: { name: account }, body: { kind, person: "maria", reason: "over" }, key });
}

async function numbers(): Promise<string[]> {
  const levels = await Promise.all([uni, climate].map((name) => standing(b.accounts, name)));
  return levels.map(({ spent, held, overrun }) => `${spent} spent ${held} held ${overrun} overrun`);
}

async function faults(): Promise<readonly string[]> {
  return (await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults);
}

async function answer(amount: string, more: Parameters<typeof holdAsk>[2] = {}): Promise<string> {
  const [one] = await b.ledger.holdMany([holdAsk(climate, amount, more)]);
  return one?.kind === "granted" && one.exempt !== undefined ? `exempt ${Number(one.exempt.asked) / 1e6}, ${Number(one.amount) / 1e6} reserved` : inWords(one);
}

describe("an exempt person's work", () => {
  test("is reserved as always where it fits, and let in with nothing reserved where it does not; its cost posts in full, beyond every limit as overrun", async () => {
    await grant(climate);
    const fits = holdAsk(climate, "8");
    const beyond = holdAsk(climate, "150");
    const answers = await b.ledger.holdMany([fits, beyond, beyond, holdAsk(climate, "5", { person: "tom" })]);
    expect(answers.map(inWords)).toEqual(["granted", "granted", "granted again", `refused budget.insufficient ${climate} 2`]);
    expect(answers[0]).not.toHaveProperty("exempt");
    const exempt = { kind: "exemption", reason: "deadline", approver: "dean", until: null, asked: usd("150") };
    expect(answers[1]).toEqual({ kind: "granted", holdId: expect.any(String), amount: 0n, replayed: false, exempt });
    expect(await b.another().holdMany([beyond, { ...beyond, amount: usd("151") }])).toMatchObject([
      { ...answers[1], replayed: true },
      { kind: "refused", code: "idempotency.mismatch" },
    ]);
    expect(await numbers()).toEqual(["0 spent 8 held 0 overrun", "0 spent 8 held 0 overrun"]);

    const { holdId } = answers[1] as { holdId: string };
    expect(await b.ledger.settleMany([settleAsk(holdId, "120")])).toMatchObject([{ charged: usd("120"), returned: 0n, overrun: usd("118") }]);
    expect(await numbers()).toEqual(["120 spent 8 held 28 overrun", "120 spent 8 held 118 overrun"]);
    expect([await answer("1"), await answer("1", { person: "tom" })]).toEqual(["exempt 1, 0 reserved", `refused budget.overrun ${uni} 0`]);
    expect(await faults()).toEqual([]);
  });

  test("is refused for everything else: frozen, closed, not started, ended, too long for the end, another unit, no such account", async () => {
    await grant(uni);
    const terms = (account: string, terms: object) =>
      call("changeAccount", owner, { params: { name: account }, body: { ...terms, reason: "x" }, key: freshName("terms") });
    const ends = instantToIso(addMs(start, milliseconds(HOUR)));
    await terms(climate, { ends_at: ends });
    const until = addMs(start, milliseconds(2 * HOUR));
    expect([await answer("50", { until }), await answer("50", { until: addMs(start, milliseconds(HOUR)) })]).toEqual([
      `refused budget.crosses-end ${climate} 0`,
      "exempt 50, 0 reserved",
    ]);
    b.clock.advance(2 * HOUR);
    expect(await answer("50")).toBe(`refused budget.ended ${climate} 0`);
    await terms(climate, { ends_at: null, starts_at: instantToIso(addMs(start, milliseconds(9 * HOUR))) });
    expect(await answer("50")).toBe(`refused budget.not-started ${climate} 0`);
    await b.ledger.chargeMany([
      { key: freshName("bill"), account: climate, amount: usd("200"), person: "tom", subject: "bill", figure: "billed", at: start, note: "" },
    ]);
    for (const status of ["frozen", "closed"]) {
      await terms(climate, { starts_at: null, status });
      // Also where a level above is overrun, which comes first in every other answer.
      expect(await answer("500")).toBe(`refused budget.${status} ${climate} 0`);
    }
    await terms(climate, { status: "open" });
    expect([await answer("50", { unit: "SU" }), await answer("50", { account: `${climate}-no` })]).toEqual([
      `refused budget.unit-mismatch ${climate} 0`,
      `refused budget.account-unknown ${climate}-no 0`,
    ]);
    expect(await answer("50", { subject: "standing:alps" })).toBe(`refused budget.overrun ${uni} 0`);
    expect(await answer("50", { person: "tom" })).toBe(`refused budget.overrun ${uni} 0`);
    expect(await answer("50")).toBe("exempt 50, 0 reserved");
    expect(await faults()).toEqual([]);
  });

  test("was refused before the exemption: under its key it stays refused", async () => {
    const ask = holdAsk(climate, "50");
    const refused = `refused budget.insufficient ${climate} 10`;
    expect((await b.ledger.holdMany([ask])).map(inWords)).toEqual([refused]);
    await grant(climate);
    expect((await b.ledger.holdMany([ask])).map(inWords)).toEqual([refused]);
    expect(await answer("50")).toBe("exempt 50, 0 reserved");
  });

  test("counts against nobody while many ask at the same time: the rest is granted to the limit and no further", async () => {
    await grant(climate);
    const other = b.another();
    const asks = Array.from({ length: 40 }, (_, index) => holdAsk(climate, "1", { person: index % 2 === 0 ? "maria" : "tom" }));
    const answers = (await Promise.all(asks.map((ask, index) => (index % 3 === 0 ? other : b.ledger).holdMany([ask])))).flat();
    expect(answers.filter((one, index) => index % 2 === 0 && one.kind !== "granted")).toEqual([]);
    const reserved = answers.filter((one) => one.kind === "granted" && one.exempt === undefined);
    expect(reserved).toHaveLength(10);
    expect(await numbers()).toEqual(["0 spent 10 held 0 overrun", "0 spent 10 held 0 overrun"]);
    expect(await faults()).toEqual([]);
    await other.close();
  });
});

describe("an exemption", () => {
  test("is given once for its key, one of a kind at a time, stands from its start to its end, and is withdrawn once", async () => {
    const soon = { starts_at: instantToIso(addMs(start, milliseconds(HOUR))), ends_at: instantToIso(addMs(start, milliseconds(3 * HOUR))) };
    const key = freshName("grant");
    const first = await grant(climate, soon, owner, key);
    expect(first).toMatchObject({
      kind: "exemption",
      account: climate,
      person: "maria",
      stands: false,
      reason: "deadline",
      approver: "dean",
      given_by: "owner",
      withdrawn: null,
    });
    expect(await grant(climate, soon, owner, key)).toEqual(first);
    await expect(grant(climate, { ...soon, reason: "another" }, owner, key)).rejects.toMatchObject({ code: "idempotency.mismatch" });
    await expect(grant(climate)).rejects.toMatchObject({ code: "budget.exemption-exists" });
    expect(await answer("50")).toBe(`refused budget.insufficient ${climate} 10`);
    b.clock.advance(HOUR);
    expect(await answer("50")).toBe("exempt 50, 0 reserved");
    b.clock.advance(2 * HOUR);
    expect(await answer("50")).toBe(`refused budget.insufficient ${climate} 10`);
    await expect(withdraw(climate)).rejects.toMatchObject({ code: "budget.exemption-unknown" });
    await grant(climate);
    expect(await answer("50")).toBe("exempt 50, 0 reserved");
    const over = freshName("withdraw");
    expect(await withdraw(climate, "exemption", over)).toMatchObject({ stands: false, uses: 1, withdrawn: { by: "owner", why: "over" } });
    expect(await withdraw(climate, "exemption", over)).toMatchObject({ withdrawn: { why: "over" } });
    expect(await answer("50")).toBe(`refused budget.insufficient ${climate} 10`);
    const list = (all: boolean) => call("listExemptions", owner, { query: { account: climate, all: String(all) } }) as Promise<{ items: object[] }>;
    expect((await list(false)).items).toEqual([]);
    expect((await list(true)).items).toHaveLength(2);
    const journal = (await call("listJournal", owner, { query: { account: climate } })) as { items: { kind: string; why: string; entries: object[] }[] };
    expect(journal.items.filter(({ kind }) => kind === "policy").map(({ why, entries }) => [why, entries])).toEqual([
      ["over", []],
      ["deadline", []],
      ["deadline", []],
    ]);
    expect(await faults()).toEqual([]);
  });

  test("is for the owner to give to herself, and for nobody else; who is exempt does not approve it; a member cannot give one", async () => {
    await expect(grant(climate, { person: "ada" }, admin)).rejects.toMatchObject({ code: "budget.exemption-own" });
    await expect(grant(climate, { approver: "maria" }, admin)).rejects.toMatchObject({ code: "budget.exemption-own" });
    await expect(grant(climate, {}, { name: "tom", admin: false })).rejects.toMatchObject({ code: "budget.account-unknown" });
    await expect(grant(climate, { approver: undefined })).rejects.toThrow("approver");
    expect(await grant(climate, { person: "owner" })).toMatchObject({ person: "owner", stands: true });
    expect(await grant(climate, {}, admin)).toMatchObject({ given_by: "ada" });
  });
});

describe("break-glass", () => {
  test("has to end, at most 72 hours after its start, and ends by itself", async () => {
    await expect(grant(climate, { ...emergency, hours: null })).rejects.toThrow("has to end");
    await expect(grant(climate, { ...emergency, hours: 73 })).rejects.toMatchObject({ code: "budget.exemption-span" });
    await expect(grant(climate, { ...emergency, hours: null, ends_at: instantToIso(addMs(start, milliseconds(-1))) })).rejects.toMatchObject({
      code: "budget.exemption-span",
    });
    expect(await grant(climate, { ...emergency, hours: 72 })).toMatchObject({ ends_at: instantToIso(addMs(start, milliseconds(72 * HOUR))) });
    expect(await answer("50")).toBe("exempt 50, 0 reserved");
    b.clock.advance(72 * HOUR);
    expect(await answer("50")).toBe(`refused budget.insufficient ${climate} 10`);
  });

  test("shows every use: who, when, what was asked and what was charged in the end", async () => {
    await grant(uni, emergency);
    const placed = (await call(
      "placeHold",
      { ...admin, name: "maria" },
      { body: { account: climate, amount: "40", subject: "flood" }, key: freshName("hold") },
    )) as {
      hold_id: string;
    };
    const exempt = {
      kind: "break-glass",
      reason: "flood forecast",
      approver: "dean",
      until: instantToIso(addMs(start, milliseconds(24 * HOUR))),
      asked: "40.00",
    };
    expect(placed).toMatchObject({ amount: "0.00", exempt });
    expect(await call("showHold", owner, { params: { id: placed.hold_id } })).toMatchObject({ amount: "0.00", remaining: "0.00", exempt });
    await b.ledger.settleMany([settleAsk(placed.hold_id, "33.5")]);
    await withdraw(uni, "break-glass");
    const uses = await call("listExemptionUses", owner, { query: { kind: "break-glass", account: climate } });
    expect(uses).toMatchObject({
      items: [
        { person: "maria", account: climate, subject: "flood", asked: "40.00", charged: "33.50", state: "settled", approver: "dean", hold_id: placed.hold_id },
      ],
      next: null,
    });
    expect(await call("listExemptionUses", owner, { query: { kind: "exemption", account: climate } })).toEqual({ items: [], next: null });
    expect(await numbers()).toEqual(["33.5 spent 0 held 0 overrun", "33.5 spent 0 held 23.5 overrun"]);
    expect(await faults()).toEqual([]);
  });

  test.each([
    ["update headgate.exemption set approver = 'nobody' where id = (select max(id) from headgate.exemption)", "differs from what was decided"],
    ["update headgate.exemption set withdrawn_at = now(), withdrawn_by = 'x', withdrawn_why = 'x' where withdrawn_at is null", "is withdrawn otherwise"],
    ["delete from headgate.exemption where id = (select max(id) from headgate.exemption)", "is in the journal but not among"],
    ["delete from headgate.exemption_use", "is not noted"],
    ["update headgate.exemption_use set asked = asked + 1", "differs from the journal"],
    ["update headgate.exemption set person = 'tom'", "is not of its person"],
  ])("is proven by verify: %s", async (damage, words) => {
    await grant(climate, emergency);
    expect(await answer("50")).toBe("exempt 50, 0 reserved");
    expect((await foundIn(bed.db, damage)).join("\n")).toContain(words);
  });
});
