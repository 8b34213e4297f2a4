import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, milliseconds } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { openBudget, type BudgetService } from "../budget-service.ts";
import { nobody, owner } from "../test-call.ts";
import { ledgerVerifications } from "../verify-store.ts";
import { bench, freshName, hold, holdAsk, inWords, openTree, settleAsk, standing, start, usd, type Bench } from "../test-tree.ts";

let bed: FreshDatabase;
let b: Bench;
let budget: BudgetService;

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  budget = openBudget({ db: bed.db, clock: b.clock, source: "http", ledger: b.ledger, people: nobody });
});
afterAll(() => bed.drop());

async function tree(): Promise<{ geo: string; climate: string }> {
  const names = { uni: freshName("uni"), geo: freshName("geo"), climate: freshName("climate") };
  await openTree(b.accounts, { [names.uni]: "1000", [names.geo]: "500", [names.climate]: "100" });
  return names;
}

async function sibling(geo: string, allocated: string): Promise<string> {
  const name = freshName("soil");
  await b.accounts.create(
    { name, title: null, kind: "project", parent: geo, allocated: usd(allocated), startsAt: null, endsAt: null },
    "owner",
    `open:${name}`,
  );
  return name;
}

describe("a transfer", () => {
  test("moves what is free, once for its key, and never what is reserved", async () => {
    const { geo, climate } = await tree();
    const soil = await sibling(geo, "10");
    await hold(b.ledger, climate, "70");
    const ask = { from: climate, to: soil, amount: usd("30"), reason: "shared run" };
    await budget.transfer(owner, ask, `t:${soil}`);
    await budget.transfer(owner, ask, `t:${soil}`);
    expect([(await standing(b.accounts, climate)).allocated, (await standing(b.accounts, soil)).allocated]).toEqual([70, 40]);
    await expect(budget.transfer(owner, { ...ask, amount: usd("0.000001") }, `u:${soil}`)).rejects.toMatchObject({ code: "budget.insufficient" });
    await expect(budget.transfer(owner, { ...ask, amount: usd("29") }, `t:${soil}`)).rejects.toMatchObject({ code: "idempotency.mismatch" });
    await expect(budget.transfer(owner, { ...ask, to: climate }, `v:${soil}`)).rejects.toMatchObject({ code: "input.invalid", facts: { field: "to" } });
    await expect(budget.transfer(owner, { ...ask, amount: usd("0") }, `w:${soil}`)).rejects.toMatchObject({ code: "budget.amount-invalid" });
  });
});

describe("an award that is cut", () => {
  test("posts beyond what is free as overrun, stops new work, and is absorbed only when it fits again", async () => {
    const { climate } = await tree();
    const id = await hold(b.ledger, climate, "80");
    const cut = { account: climate, amount: usd("60"), reason: "award reduced" };
    expect(await budget.cut(owner, cut, `cut:${climate}`)).toMatchObject({ allocated: "40.00", overrun: "40.00", can_commit: "0.00" });
    await budget.cut(owner, cut, `cut:${climate}`);
    expect(await standing(b.accounts, climate)).toEqual({ spent: 0, held: 80, overrun: 40, allocated: 40 });
    expect((await b.ledger.holdMany([holdAsk(climate, "1")])).map(inWords)).toEqual([`refused budget.overrun ${climate} 0`]);
    await expect(budget.absorb(owner, { account: climate, reason: "too early" }, `early:${climate}`)).rejects.toMatchObject({
      code: "budget.nothing-to-absorb",
    });
    await b.ledger.settleMany([settleAsk(id, "25")]);
    expect(await budget.absorb(owner, { account: climate, reason: "the job cost less" }, `absorb:${climate}`)).toMatchObject({
      overrun: "0.00",
      can_commit: "15.00",
    });
  });
});

describe("the terms of an account", () => {
  test("freeze it, end it and open it again; a start after the end is refused before anything is written", async () => {
    const { climate } = await tree();
    const terms = { account: climate, startsAt: null, endsAt: null, reason: "audit" };
    await budget.changeAccount(owner, { ...terms, status: "frozen" }, `freeze:${climate}`);
    expect((await b.ledger.holdMany([holdAsk(climate, "1")])).map(inWords)).toEqual([`refused budget.frozen ${climate} 0`]);
    const tomorrow = addMs(start, milliseconds(86_400_000));
    await budget.changeAccount(owner, { ...terms, status: "open", endsAt: tomorrow }, `open:${climate}:2`);
    const late = holdAsk(climate, "1", { until: addMs(start, milliseconds(30 * 3_600_000)) });
    expect((await b.ledger.holdMany([late])).map(inWords)).toEqual([`refused budget.crosses-end ${climate} 0`]);
    await expect(budget.changeAccount(owner, { ...terms, startsAt: tomorrow }, `x:${climate}`)).resolves.toMatchObject({ status: "open", ends_at: null });
    await expect(budget.changeAccount(owner, { account: climate, endsAt: start, reason: "audit" }, `y:${climate}`)).rejects.toMatchObject({
      code: "value.range",
      detail: `${climate} would end before it starts`,
    });
  });
});

describe("when money is reserved for jobs", () => {
  test("is what the nearest account above says that says anything, once for a key, and can be left to it again", async () => {
    const { geo, climate } = await tree();
    const rule = async () => {
      const { reserve_at, reserve_at_from } = await budget.showAccount(owner, climate);
      return [reserve_at, reserve_at_from];
    };
    const ask = { account: geo, reserveAt: "start", reason: "padded time limits" } as const;
    expect(await rule()).toEqual(["submission", null]);
    await budget.changeAccount(owner, ask, `late:${geo}`);
    await budget.changeAccount(owner, ask, `late:${geo}`);
    expect(await rule()).toEqual(["start", geo]);
    await budget.changeAccount(owner, { ...ask, account: climate, reserveAt: "submission" }, `early:${climate}`);
    expect(await rule()).toEqual(["submission", climate]);
    // What else is changed leaves it as it is.
    await budget.changeAccount(owner, { account: climate, endsAt: null, reason: "no end" }, `end:${climate}`);
    expect(await rule()).toEqual(["submission", climate]);
    await budget.changeAccount(owner, { ...ask, account: climate, reserveAt: null }, `inherit:${climate}`);
    expect(await rule()).toEqual(["start", geo]);
    await expect(budget.changeAccount(owner, { ...ask, reserveAt: "submission" }, `late:${geo}`)).rejects.toMatchObject({ code: "idempotency.mismatch" });
    const rows = await bed.db.query<{ kind: string; why: string }>("select kind, why from headgate.journal_transaction where key = $1", [`late:${geo}`]);
    expect(rows).toEqual([{ kind: "status", why: "padded time limits" }]);
  });
});

describe("a limit inside an account", () => {
  test("binds the person it is for, is listed with its balance, and can be changed", async () => {
    const { climate } = await tree();
    const limit = { account: climate, scope: "person", subject: "james", amount: usd("5"), reason: "student" } as const;
    expect(await budget.setLimit(owner, limit, `limit:${climate}`)).toMatchObject({ allocated: "5.00", free: "5.00" });
    const answers = await b.ledger.holdMany([holdAsk(climate, "4", { person: "james" }), holdAsk(climate, "2", { person: "james" }), holdAsk(climate, "2")]);
    expect(answers.map(inWords)).toEqual(["granted", `refused budget.insufficient ${climate}/person:james 1`, "granted"]);
    await budget.setLimit(owner, { ...limit, amount: usd("8") }, `limit:${climate}:2`);
    expect((await budget.listLimits(owner, climate)).items).toMatchObject([
      { scope: "person", subject: "james", allocated: "8.00", reserved: "4.00", free: "4.00" },
    ]);
    await expect(budget.listLimits({ name: "stranger", admin: false }, climate)).rejects.toMatchObject({ code: "budget.account-unknown" });
  });
});

test("after all of it the books add up", async () => {
  expect((await verify(bed.db, ledgerVerifications())).flatMap(({ faults }) => faults)).toEqual([]);
});
