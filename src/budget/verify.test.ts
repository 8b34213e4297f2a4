import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, milliseconds, parseHourlyRate } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { createAward } from "./award/store.ts";
import { ledgerVerifications } from "./index.ts";
import { setFundPlan } from "./fund/store.ts";
import { setOverrunPolicy } from "./overrun/store.ts";
import { grantExemption } from "./exempt/store.ts";
import { openLease } from "./lease/store.ts";
import { setOverhead } from "./overhead/store.ts";
import { makeQuote } from "./quote/store.ts";
import { recordCost, setRate, setRecharge } from "./recharge/store.ts";
import { setSuRate } from "./su-rate/store.ts";
import { setRefundRule } from "./refund/store.ts";
import { addStanding } from "./standing/store.ts";
import { foundIn } from "./test-damage.ts";
import { bench, hold, holdAsk, openTree, settleAsk, start, usd } from "./test-tree.ts";

let bed: FreshDatabase;

/** A journal with a little of everything. */
beforeAll(async () => {
  bed = await freshDatabase();
  const { accounts, ledger, db } = bench(bed.db);
  await openTree(accounts, { uni: "100", geo: "50", climate: "20" });
  // An attempt that cost nothing, and then nothing ran.
  const free = await hold(ledger, "climate", "1");
  await ledger.settleMany([settleAsk(free, "0", { final: false })]);
  await ledger.releaseMany([{ key: "free", holdId: free, at: start, note: "" }]);
  const ids = await Promise.all(Array.from({ length: 8 }, () => hold(ledger, "climate", "1")));
  await ledger.settleMany(ids.slice(0, 3).map((id) => settleAsk(id, "0.5")));
  await ledger.settleMany([settleAsk(ids[3]!, "30", { final: false })]);
  await ledger.releaseMany([{ key: "r", holdId: ids[4]!, at: start, note: "" }]);
  await accounts.allocate({ account: "climate", amount: usd("40"), through: true, reason: "decided" }, "owner", "decided");
  await hold(ledger, "climate", "0");
  await hold(ledger, "climate", "1", { expiresAt: addMs(start, milliseconds(-1)) });
  await ledger.expireHolds();
  await db.query("select headgate.set_limit('limit', 'climate', 'person', 'maria', 5000000, 'owner', 'test', '', now())");
  await hold(ledger, "climate", "1");
  await ledger.holdMany([holdAsk("climate", "1000")]);
  const by = { person: "owner", source: "test" };
  await db.query("select headgate.open_account('open-cycles', 'cycles', 'cycles', 'project', null, 'SU', null, null, null, 'owner', 'test', now())");
  await setRate(
    db,
    { resource: "core", rate: parseHourlyRate("0.042")!, free: null, dated: "2026-01-01", source: "rate sheet", approver: "VP Research", agreement: "minutes" },
    "rate",
    "yearly",
    { ...by, now: start },
  );
  await setRecharge(db, { since: "2026-01-01", opening: usd("-5"), bandDays: 60, approver: "cost accounting" }, "recharge", "FY27", { ...by, now: start });
  const spent = { fromDay: "2026-01-01", toDay: "2026-01-31", amount: usd("30"), category: "salaries", document: "GL" };
  await recordCost(db, spent, "cost", "January", { ...by, now: start });
  await setSuRate(
    db,
    { account: "cycles", rate: parseHourlyRate("0.05")!, dated: "2026-01-01", source: "council", approver: "Dr Li" },
    "su-rate",
    "new machine",
    {
      ...by,
      now: start,
    },
  );
  const bill = { account: "climate", person: "maria", subject: "bill", figure: "billed", at: start, note: "" } as const;
  const charged = await ledger.chargeMany([
    { ...bill, key: "bill", amount: usd("2") },
    { ...bill, key: "bill-2", amount: usd("3") },
  ]);
  const numbers = charged.map((answer) => (answer.kind === "charged" ? answer.number : 0n));
  const mending = { at: start, note: "broken node", approver: "sarah", by, amount: usd("1") };
  await ledger.adjustMany([
    { ...mending, key: "refund", kind: "refund", mends: numbers[0]! },
    { ...mending, key: "write-off", kind: "write-off", mends: numbers[1]!, bearer: "geo" },
  ]);
  await ledger.renewMany([
    { key: "renew", holdId: ids[5]!, amount: usd("1.5"), expiresAt: null, at: start, note: "" },
    { key: "renew-2", holdId: ids[5]!, amount: usd("1.25"), expiresAt: addMs(start, milliseconds(1)), at: start, note: "" },
  ]);
  const terms = { number: "ATM-2231", account: "geo", agency: "NSF", title: "Isotopes", pi: "Dr Li", startsOn: "2026-01-01", endsOn: "2028-12-31" } as const;
  const rules = { total: usd("10"), periodMonths: 12, carry: "carry-over", through: false, lateAccount: null, closeoutDays: 120, facts: {} } as const;
  await createAward(db, { ...terms, ...rules }, { key: "award", approver: null, reason: "award letter" }, { ...by, now: start });
  await setFundPlan(db, { account: "climate", mode: "order", funds: ["geo", "climate"].map((account) => ({ account, share: null })) }, "funds", "grant first", {
    ...by,
    now: start,
  });
  const funded = await hold(ledger, "climate", "1.5");
  await ledger.settleMany([settleAsk(funded, "0.25", { final: false })]);
  const exemption = {
    kind: "exemption",
    account: "geo",
    person: "maria",
    startsAt: null,
    endsAt: null,
    hours: null,
    reason: "storm",
    approver: "dean",
  } as const;
  await setOverrunPolicy(db, { account: "geo", policy: "extend", advance: null }, "overrun", "as agreed", { ...by, now: start });
  await grantExemption(db, exemption, "exempt", { ...by, now: start });
  await hold(ledger, "geo", "900");
  const lease = {
    key: "lease",
    id: "01890000-0000-7000-8000-0000000000a1",
    account: "geo",
    amount: usd("2"),
    expiresAt: addMs(start, milliseconds(3_600_000)),
    reason: "gate",
  };
  await openLease(db, lease, { ...by, now: start });
  const cost = {
    name: "head-node",
    account: "geo",
    unit: "USD",
    perDay: usd("1"),
    formula: [],
    source: "prices",
    startsOn: "2026-11-20",
    endsOn: null,
  } as const;
  await addStanding(db, cost, "standing", "cluster", { ...by, now: start });
  await accounts.create(
    { name: "alps-overhead", title: null, kind: "overhead", parent: "uni", allocated: usd("1"), startsAt: null, endsAt: null },
    "owner",
    "open:alps-overhead",
  );
  await setOverhead(db, { cluster: "alps", account: "alps-overhead", alarm: 80, idle: { payer: "overhead", minutes: 10 } }, "alps", "new cluster", {
    ...by,
    now: start,
  });
  const quote = await makeQuote(
    db,
    {
      key: "quote",
      id: "01890000-0000-7000-8000-0000000000b1",
      account: "climate",
      work: null,
      price: { amount: usd("0.5"), unit: "USD", formula: [], words: "", free: null },
      days: 7,
      reason: "proposal",
    },
    { ...by, now: start },
  );
  await hold(ledger, "climate", "0.5", { quote });
  await setRefundRule(db, { account: "geo", state: "NODE_FAIL", share: 500_000 }, "rule", "broken nodes", { ...by, now: start });
  await ledger.settleMany([settleAsk(ids[6]!, "0.5", { endState: "NODE_FAIL" })]);
  const rule = { account: "geo", measure: "spent", threshold: 1, margin: 0, action: "notify", severity: "warning", destinations: ["webhook"] };
  await db.query("select headgate.set_alert_rule('alert', $1, 'owner', 'test', 'as agreed', now())", [JSON.stringify(rule)]);
  await db.query("select headgate.change_account('change', 'geo', 'open', null, '2099-01-01', 'owner', 'test', '', now())");
});
afterAll(() => bed.drop());

test("an untouched ledger is right, and everything was looked at", async () => {
  const results = await verify(bed.db, ledgerVerifications());
  expect(results.flatMap((result) => result.faults)).toEqual([]);
  expect(results.every((result) => result.checked > 0n)).toBe(true);
});

/** One changed thing in each column that the ledger answers for. */
const CHANGES: readonly [table: string, change: string][] = [
  ...[
    "amount = amount + 1",
    "returned = returned # 1",
    "overrun = overrun # 1",
    "person = person || 'x'",
    "by_person = 'm' || by_person",
    "why = why || ' '",
    "source = upper(source)",
    "key = key || '!'",
    "effective_at = effective_at + interval '1 microsecond'",
    "account_id = account_id # 1",
    "nodes = nodes || 1",
    "unit = case unit when 'SU' then 'USD' else 'SU' end",
    "kind = case kind when 'hold' then 'settle' else 'hold' end",
    "detail = '{}'::json",
    "subject = coalesce(subject, '') || '.'",
    "figure = case figure when 'metered' then 'billed' else 'metered' end",
    "final = not coalesce(final, false)",
    "attempt = coalesce(attempt, 0) + 1",
    "expires_at = coalesce(expires_at, now()) + interval '1 second'",
    "number = number + 100",
  ].map((change): [string, string] => ["journal_transaction", change]),
  ...[
    "amount = amount # 1024",
    "from_node = from_node # 1, to_node = to_node # 1",
    "ordinal = ordinal + 7",
    "to_pocket = case to_pocket when 'leased' then 'spent' else 'leased' end",
    "transaction = transaction + 1000",
  ].map((change): [string, string] => ["journal_entry", change]),
  ...["hash = set_byte(hash, 31, get_byte(hash, 31) # 1)", "booked_at = booked_at + interval '1 microsecond'", "position = position + 1000"].map(
    (change): [string, string] => ["journal_batch", change],
  ),
  ...["hash = set_byte(hash, 0, get_byte(hash, 0) # 128)", "position = position + 1"].map((change): [string, string] => ["journal_head", change]),
  ...[
    "allocated = allocated + 1",
    "overrun = overrun + 1",
    "held = held + 1, allocated = allocated + 1",
    "leased = leased + 1, allocated = allocated + 1",
    "status = 'frozen'",
    "starts_at = '2020-01-01'",
  ].map((change): [string, string] => ["balance", change]),
  ...[
    "remaining = remaining # 1",
    "charged = charged # 1",
    "amount = amount + 1",
    "account_id = account_id + 1",
    "state = case when state = 'open' then 'released' else 'open' end, closed_at = case when state = 'open' then now() end, remaining = 0",
    "expires_at = '2099-01-01'",
  ].map((change): [string, string] => ["hold", change]),
  ...["charged = charged # 1", "figure = 'invoiced'", "at = at + interval '1 second'", "ordinal = ordinal + 1"].map((change): [string, string] => [
    "attempt",
    change,
  ]),
  ...["title = title || '!'", "path = path || id", "kind = case kind when 'overhead' then 'project' else 'overhead' end"].map((change): [string, string] => [
    "account",
    change,
  ]),
  ...["share = share - 1", "state = 'TIMEOUT'", "reason = reason || '!'", "person = 'eve'", "account_id = account_id + 1"].map((change): [string, string] => [
    "refund_rule",
    change,
  ]),
  ...[
    "amount = amount + 1",
    "valid_until = valid_until + interval '1 second'",
    "account_id = account_id # 1",
    "formula = '[1]'",
    "hold_id = gen_random_uuid()",
    "hold_id = null, used_at = null",
  ].map((change): [string, string] => ["quote", change]),
  ["account", "reserve_at = 'start'"],
  ...["rate = rate + 1", "dated = dated - 1", "approver = 'eve'", "source = source || '!'"].map((change): [string, string] => ["su_rate", change]),
  ...["amount = amount + 1", "to_day = to_day + 1", "document = 'none'"].map((change): [string, string] => ["recharge_cost", change]),
  ...["opening = opening + 1", "band_days = 0"].map((change): [string, string] => ["recharge_policy", change]),
  ...["approver = 'eve'", "agreement = 'none'", "rate = rate + 1"].map((change): [string, string] => ["rate", change]),
  ...["threshold = threshold + 1", "margin = margin + 1", "action = 'off'", "destinations = array['slack']", "person = 'eve'", "ringing = null"].map(
    (change): [string, string] => ["alert_rule", change],
  ),
  ...["raised_at = raised_at - interval '1 second'", "account_id = account_id # 1", "cleared_at = now()", "destinations = array['slack']"].map(
    (change): [string, string] => ["alert", change],
  ),
  ...["event = 'cleared'", "place = place + 1", "sent_at = now()"].map((change): [string, string] => ["alert_message", change]),
  ["alert_destination", "last_place = last_place + 1"],
  ["balance", "stopped = 'new'"],
  ["spending_limit", "subject = subject || 's'"],
  ["fund_plan", "funds = array[funds[2], funds[1]]"],
  ["fund_split", "asked = asked + 1"],
];

describe("finds one thing changed behind its back:", () => {
  test.each(CHANGES)("%s set %s", async (table, change) => {
    await expect(
      foundIn(
        bed.db,
        `update headgate.${table} set ${change} where ctid = (select ctid from headgate.${table} ${table === "account" ? "where kind <> 'outside'" : ""} order by random() limit 1)`,
      ),
    ).resolves.not.toEqual([]);
  });

  test.each([
    "journal_entry",
    "journal_transaction",
    "journal_batch",
    "journal_head",
    "hold",
    "attempt",
    "balance",
    "refund_rule",
    "fund_plan",
    "hold_part",
    "quote",
    "su_rate",
    "recharge_cost",
    "rate",
    "alert_rule",
    "alert_message",
  ])("a row taken out of %s", async (table) => {
    await expect(
      foundIn(bed.db, `delete from headgate.${table} where ctid = (select ctid from headgate.${table} order by random() limit 1)`),
    ).resolves.not.toEqual([]);
  });
});
