import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ledgerVerifications, openAccounts, openBudget, openLedger, type HoldAsk, type Ledger } from "#budget";
import { databaseService, type DatabaseService, type OpenDatabase, type TableFacts } from "#db";
import { addMs, micros, milliseconds, parseHourlyRate, parseMicros, systemClock, type Micros, type Person } from "#kernel";
import { anybody } from "../beds/people.ts";
import { emptyDatabase, freshDatabase, type FreshDatabase } from "../beds/postgres.ts";

let folder: string;
let source: FreshDatabase;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-ledger-backup-"));
  source = await freshDatabase();
  await spend(source.db);
});
afterAll(async () => {
  await source.drop();
  rmSync(folder, { recursive: true });
});

function usd(text: string): Micros {
  const amount = parseMicros(text);
  if (amount === undefined) throw new Error(`${text} is no amount`);
  return amount;
}

function holdAsk(key: string, amount: string): HoldAsk {
  return { key, account: "climate", amount: usd(amount), person: "maria", subject: `job:${key}`, expiresAt: null, formula: [], expected: null };
}

async function holdIds(ledger: Ledger, asks: readonly HoldAsk[]): Promise<string[]> {
  return (await ledger.holdMany(asks)).map((answer) => {
    if (answer.kind !== "granted") throw new Error(`not granted: ${answer.code}`);
    return answer.holdId;
  });
}

/** Accounts, an award, a lease, holds that are open, charged, given back and overrun, and a refusal. */
async function spend(db: OpenDatabase): Promise<void> {
  const accounts = openAccounts({ db, clock: systemClock, source: "test" });
  const ledger = openLedger(db, systemClock);
  await accounts.create(
    { name: "earth", title: null, kind: "department", parent: null, allocated: usd("100"), startsAt: null, endsAt: null },
    "owner",
    "open:earth",
  );
  await accounts.create(
    { name: "climate", title: null, kind: "project", parent: "earth", allocated: usd("60"), startsAt: null, endsAt: null },
    "owner",
    "open:climate",
  );
  await openTheRest(db, ledger);
  const ids = await holdIds(
    ledger,
    Array.from({ length: 40 }, (_, index) => holdAsk(`hold-${index}`, "1.000001")),
  );
  const settle = (holdId: string, amount: string) => ({
    key: `settle:${holdId}`,
    holdId,
    attempt: 1,
    amount: usd(amount),
    final: true,
    figure: "metered" as const,
    at: systemClock.now(),
    note: "",
  });
  await ledger.settleMany(ids.slice(0, 20).map((holdId, index) => settle(holdId, index === 7 ? "70" : "0.250000")));
  await ledger.releaseMany(ids.slice(20, 30).map((holdId) => ({ key: `release:${holdId}`, holdId, at: systemClock.now(), note: "" })));
  await ledger.holdMany([holdAsk("too-much", "1000")]);
}

/** An award of two years, the first part of it released; a lease, and what costs money each day. */
async function openTheRest(db: OpenDatabase, ledger: Ledger): Promise<void> {
  const owner: Person = { name: "owner", admin: true };
  const budget = openBudget({ db, clock: systemClock, source: "test", ledger, people: anybody });
  const days = { startsOn: "2026-01-01", endsOn: "2027-12-31", periodMonths: 12, closeoutDays: 120 };
  const rules = { carry: "carry-over", through: false, lateAccount: null, facts: {} } as const;
  const award = { number: "ATM-2231", account: null, parent: "earth", unit: "USD", agency: "NSF", title: "Isotopes", pi: "Dr Li", total: usd("90") } as const;
  await budget.createAward(owner, { ...award, ...days, ...rules }, "award");
  await budget.scheduleReleases(owner, award.number, [{ amount: usd("20"), gate: "approval", dueOn: null, label: "first" }], "award letter", "schedule");
  const exemption = {
    kind: "exemption",
    account: "climate",
    person: "tom",
    startsAt: null,
    endsAt: null,
    hours: null,
    reason: "storm",
    approver: "dean",
  } as const;
  await budget.setOverrunPolicy(owner, { account: "earth", policy: "extend", advance: null }, "as agreed", "overrun");
  await budget.grantExemption(owner, exemption, "exempt");
  const rule = { account: "earth", measure: "spent", threshold: 1, margin: 0, action: "notify", severity: "warning", destinations: ["webhook"] };
  await db.query("select headgate.set_alert_rule('alert', $1, 'owner', 'test', 'as agreed', now())", [JSON.stringify(rule)]);
  await ledger.holdMany([{ ...holdAsk("exempt", "5000"), person: "tom" }]);
  await budget.openLease(
    owner,
    { account: "climate", amount: usd("2"), expiresAt: addMs(systemClock.now(), milliseconds(3_600_000)), reason: "gate" },
    "lease",
  );
  const cost = {
    name: "head-node",
    account: "climate",
    unit: "USD",
    perDay: usd("0.01"),
    formula: [],
    source: "prices",
    startsOn: "2026-11-01",
    endsOn: null,
  } as const;
  await budget.addStanding(owner, cost, "cluster", "standing");
  const overhead = { name: "alps-overhead", title: null, kind: "overhead", parent: "earth", allocated: usd("1"), startsAt: null, endsAt: null } as const;
  await budget.createAccount(owner, { ...overhead, managers: [], members: [] }, "overhead");
  await budget.setOverhead(owner, { cluster: "alps", account: "alps-overhead", alarm: 80, idle: { payer: "overhead", minutes: 10 } }, "new cluster", "alps");
  await budget.chargeOverhead(owner, { cluster: "alps", kind: "idle", amount: usd("0.9"), figure: "metered", at: undefined, note: "tails" }, "tails");
  await budget.makeQuote(owner, { account: "climate", amount: usd("0.01"), unit: "USD", formula: [], days: 7, reason: "proposal" }, "quote");
  await budget.createAccount(
    owner,
    { name: "cycles", title: null, kind: "project", parent: null, unit: "SU", allocated: micros(0n), startsAt: null, endsAt: null, managers: [], members: [] },
    "cycles",
  );
  const rate = { account: "cycles", rate: parseHourlyRate("0.05")!, dated: "2026-01-01", source: "council", approver: "Dr Li" };
  await budget.setSuRate(owner, rate, "new machine", "su-rate");
  const core = {
    resource: "core",
    rate: parseHourlyRate("0.042")!,
    free: null,
    dated: "2026-01-01",
    source: "rate sheet",
    approver: "VP Research",
    agreement: null,
  } as const;
  await budget.setRate(owner, core, "yearly", "rate");
  await budget.setRecharge(owner, { since: "2026-01-01", opening: micros(0n), bandDays: 60, approver: "cost accounting" }, "FY27", "recharge");
  const spent = { fromDay: "2026-01-01", toDay: "2026-01-31", amount: usd("30"), category: "salaries", document: "GL" };
  await budget.recordCost(owner, spent, "January", "cost");
  await budget.setRefundRule(owner, { account: "earth", state: "NODE_FAIL", share: 500_000 }, "broken nodes are ours", "rule");
  await budget.setFunds(owner, { account: "alps-overhead", mode: "order", funds: [{ account: "climate", share: null }], reason: "moved" }, "funds");
  await budget.releaseAward(owner, { award: award.number, ordinal: 1, approver: "Dean Wu", report: null });
}

function serviceOf(url: string): DatabaseService {
  return databaseService({ url, dataFolder: null, clock: systemClock });
}

async function faultsOf(service: DatabaseService): Promise<readonly string[]> {
  const results = await service.verify(ledgerVerifications());
  expect(results.filter((result) => result.checked === 0n).map((result) => result.name)).toEqual([]);
  return results.flatMap((result) => result.faults);
}

const withoutMigrations = (tables: readonly TableFacts[]) => tables.filter((facts) => facts.name !== "headgate.migration");

test("a ledger that is restored has every row, passes every check, knows what it has answered, and goes on", async () => {
  const service = serviceOf(source.url);
  const file = join(folder, "ledger.sql.gz");
  const made = await service.backup(file);
  expect(withoutMigrations(made.tables).filter((facts) => facts.rows > 0n).length).toBeGreaterThan(5);
  const target = await emptyDatabase();
  const there = serviceOf(target.url);
  await there.restore(file);
  expect(await faultsOf(there)).toEqual([]);
  const again = await there.backup(join(folder, "again.sql.gz"));
  expect(again.tables).toEqual(made.tables);

  const ledger = openLedger(target.db, systemClock);
  const before = openLedger(source.db, systemClock);
  const replay = [holdAsk("hold-35", "1.000001")];
  expect(await ledger.holdMany(replay)).toEqual(await before.holdMany(replay));
  const [fresh] = await ledger.holdMany([holdAsk("after-restore", "0.000001")]);
  // The one attempt at $70 has overrun the account: what is refused there is refused here.
  expect(fresh).toEqual((await before.holdMany([holdAsk("after-restore", "0.000001")]))[0]);
  expect(fresh?.kind).toBe("refused");
  const [openHold] = await target.db.query<{ id: string }>("select id from headgate.hold where state = 'open' order by id limit 1");
  const [charged] = await ledger.settleMany([
    { key: "settle:later", holdId: openHold!.id, attempt: 1, amount: usd("0.5"), final: true, figure: "metered", at: systemClock.now(), note: "" },
  ]);
  expect(charged).toMatchObject({ kind: "settled", replayed: false });
  expect(await faultsOf(there)).toEqual([]);
  await target.drop();
});

test("a restore over a ledger that has gone on puts it back to the moment of the backup", async () => {
  const service = serviceOf(source.url);
  const file = join(folder, "moment.sql.gz");
  const made = await service.backup(file);
  const [openHold] = await source.db.query<{ id: string }>("select id from headgate.hold where state = 'open' order by id limit 1");
  await openLedger(source.db, systemClock).releaseMany([{ key: "later", holdId: openHold!.id, at: systemClock.now(), note: "" }]);
  await expect(service.restore(file)).rejects.toMatchObject({ code: "db.not-empty" });
  await service.restore(file, { replace: true });
  expect((await service.backup(join(folder, "moment-again.sql.gz"))).tables).toEqual(made.tables);
  expect(await faultsOf(service)).toEqual([]);
});
