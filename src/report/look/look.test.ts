import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBudget } from "#budget";
import { addMs, instantToIso, milliseconds, type Instant } from "#kernel";
import type { FormulaTerm } from "#price";
import { anybody } from "../../../test/beds/people.ts";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { bannerLine, digestText, oodBalances } from "../index.ts";
import type { Statement } from "../statement/contract.ts";
import { at, owner, reportBench, usd } from "../test-bench.ts";
import type { OldTransaction } from "../transaction/contract.ts";
import type { UsageReport } from "../usage/contract.ts";
import type { BalanceAt, ChargeWhy } from "./contract.ts";

let bed: FreshDatabase;
let bench: ReturnType<typeof reportBench>;
const sarah = { name: "sarah", admin: false };
const maria = { name: "maria", admin: false };
const tom = { name: "tom", admin: false };
const stranger = { name: "stranger", admin: false };

beforeAll(async () => {
  bed = await freshDatabase();
  bench = reportBench(bed.db, {
    sarah: [{ account: "geo", role: "manager" }],
    maria: [{ account: "climate", role: "member" }],
    tom: [{ account: "climate", role: "member" }],
  });
  await bench.open("uni", null, "1000", "institution");
  await bench.open("geo", "uni", "500");
  await bench.open("climate", "geo", "100");
  await bench.open("materials", "geo", "100");
});
afterAll(() => bed.drop());

const balance = (account: string, moment: Instant | null, person = owner) =>
  bench.call("balanceAt", person, { params: { account }, query: moment === null ? {} : { at: instantToIso(moment) } }) as Promise<BalanceAt>;
const code = (promise: Promise<unknown>, name: string) =>
  promise.then(
    () => "given",
    (error: { code: string; detail: string }) => `${error.code} ${error.detail.replaceAll(name, "NAME")}`,
  );

describe("the balance of any moment", () => {
  test("is what it was then, at every step of a day with reservations, charges, refunds, transfers and an overrun", async () => {
    const { clock, ledger, accounts, charge, mend, job } = bench;
    const seen: { moment: Instant; shown: BalanceAt }[] = [];
    const step = async (work: () => Promise<unknown>) => {
      clock.set(addMs(clock.now(), milliseconds(3_600_000)));
      await work();
      for (const account of ["climate", "geo"]) {
        const shown = await balance(account, null);
        const record = await accounts.get(account);
        expect([shown.allocated, shown.spent, shown.reserved].map(usd)).toEqual([record.allocated, record.spent, record.held]);
        seen.push({ moment: clock.now(), shown });
      }
    };
    const before = addMs(clock.now(), milliseconds(1));
    await step(() => job("climate", "0.75", clock.now()));
    await step(() =>
      ledger.holdMany([{ key: "open", account: "climate", amount: usd("7"), person: "maria", subject: "job:x", expiresAt: null, formula: [], expected: null }]),
    );
    let bill = 0n;
    await step(async () => {
      bill = await charge("climate", "300", clock.now());
    });
    await step(() => mend("refund", bill, "250"));
    await step(() => accounts.allocate({ account: "climate", amount: usd("40"), through: true, reason: "more" }, "owner", "more"));
    const budget = openBudget({ db: bed.db, clock, source: "test", ledger, people: anybody });
    await step(() => budget.transfer(owner, { from: "materials", to: "climate", amount: usd("5"), reason: "moved" }, "transfer"));
    await step(() => mend("write-off", bill, "1", "geo"));
    for (const { moment, shown } of seen) expect(await balance(shown.account, moment)).toEqual(shown);
    expect(await balance("climate", before)).toMatchObject({ allocated: "100.00", spent: "0.00", reserved: "0.00", free: "100.00" });
    expect(await balance("climate", at("2020-01-01T00:00:00Z"))).toMatchObject({ allocated: "0.00", as_of: null });
  });

  test("of an account that one may not see is refused as one that is not there", async () => {
    expect(await code(balance("climate", null, stranger), "climate")).toBe(await code(balance("nowhere", null, stranger), "nowhere"));
    expect(await code(balance("uni", null, maria), "uni")).toBe(await code(balance("nowhere", null, maria), "nowhere"));
    expect(await code(balance("climate", null, maria), "climate")).toBe("given");
  });
});

describe("why something was charged", () => {
  const why = (reference: string, person = owner) => bench.call("why", person, { params: { reference } }) as Promise<ChargeWhy>;

  test("is told entry by entry, with the formula of the reservation and what was given back", async () => {
    const term: FormulaTerm = {
      resource: "core",
      count: 2,
      spans: [{ name: "time limit", ms: 3_600_000 }],
      times: 1,
      rate: "0.50",
      free: null,
      source: "local rate",
      dated: "2026-11-01",
      rounding: "up",
      amount: "1.00",
    };
    const ask = { key: "why", account: "climate", amount: usd("1"), person: "maria", subject: "job:why", expiresAt: null, formula: [term], expected: null };
    const [held] = await bench.ledger.holdMany([ask]);
    const id = held?.kind === "granted" ? held.holdId : "";
    const settle = {
      key: "why-1",
      holdId: id,
      attempt: 1,
      amount: usd("0.4"),
      final: true,
      figure: "metered" as const,
      at: bench.clock.now(),
      note: "2 cores x 24 min x $0.50/core-hour",
    };
    await bench.ledger.settleMany([settle]);
    const [charge] = await bed.db.query<{ number: bigint }>("select number from headgate.journal_transaction where key = 'why-1'");
    await bench.mend("refund", charge?.number ?? 0n, "0.1");
    const told = await why(id);
    expect(told).toMatchObject({
      person: "maria",
      charged: "0.40",
      given_back: "0.10",
      net: "0.30",
      holds: [{ id, reserved: "1.00", charged: "0.40", state: "settled", formula: [term] }],
    });
    expect(told.holds[0]?.formula_words).toContain("$0.50");
    expect(told.movements.map(({ kind, why: words, entries }) => [kind, words, entries.map((entry) => `${entry.from}>${entry.to} ${entry.amount}`)])).toEqual([
      ["hold", "reserved", ["free>held 1.00"]],
      ["settle", "2 cores x 24 min x $0.50/core-hour", ["held>spent 0.40", "held>free 0.60"]],
      ["refund", "broken", ["spent>free 0.10"]],
    ]);
    // Her own, and those who see the account; nobody else learns that it is there.
    for (const person of [maria, tom, sarah]) expect(await code(why(id, person), id)).toBe("given");
    const other = "00000000-0000-4000-8000-000000000000";
    expect(await code(why(id, stranger), id)).toBe(await code(why(other, stranger), other));
    expect(await code(why("4711"), "4711")).toContain("budget.hold-unknown");
  });
});

test("why also tells the indirect cost that an award added beside the charge", async () => {
  const budget = openBudget({ db: bed.db, clock: bench.clock, source: "test", ledger: bench.ledger, people: anybody });
  const days = { startsOn: "2026-01-01", endsOn: "2028-12-31", periodMonths: 12, closeoutDays: 120 };
  const rules = { carry: "carry-over", through: false, lateAccount: null, facts: {} } as const;
  const terms = {
    number: "ATM-2231",
    account: "materials",
    parent: null,
    unit: "USD",
    agency: "NSF",
    title: "Isotopes",
    pi: "Dr Li",
    total: usd("90"),
  } as const;
  await budget.createAward(owner, { ...terms, ...days, ...rules }, "award");
  const rate = { class: "compute", rate: 300_000, exempt: null, dated: "2026-01-01", agreement: "agreement of 2026", approver: "Dean Wu" };
  await budget.setIndirect(owner, terms.number, rate, "letter", "rate");
  const ask = {
    key: "indirect",
    account: "materials",
    amount: usd("1"),
    person: "maria",
    subject: "job:i",
    expiresAt: null,
    formula: [],
    expected: null,
    chargeClass: "compute",
  };
  const [held] = await bench.ledger.holdMany([ask]);
  const id = held?.kind === "granted" ? held.holdId : "";
  await bench.ledger.settleMany([
    { key: "indirect-1", holdId: id, attempt: 1, amount: usd("0.5"), final: true, figure: "metered", at: bench.clock.now(), note: "" },
  ]);
  const told = (await bench.call("why", maria, { params: { reference: id } })) as ChargeWhy;
  expect(told).toMatchObject({ charged: "0.65", holds: [{ reserved: "1.30", charged: "0.50" }] });
  expect(told.movements.map(({ kind, amount }) => [kind, amount])).toEqual([
    ["hold", "1.30"],
    ["settle", "0.50"],
    ["charge", "0.15"],
  ]);
});

describe("movements in the words of asbb", () => {
  type List = { transactions: OldTransaction[]; more: boolean };
  const list = (query: Record<string, string>, person = owner) => bench.call("listTransactions", person, { query }) as Promise<List>;

  test("are filtered by type, status and time, in pages, and an empty list is a list", async () => {
    const holds = (await list({ account: "climate", type: "hold" })).transactions;
    expect(new Set(holds.map(({ status }) => status))).toEqual(new Set(["pending", "completed"]));
    const pending = (await list({ account: "climate", type: "hold", status: "pending" })).transactions;
    expect(pending).toMatchObject([{ amount: "7.00", completed_at: null, transaction_id: "open" }]);
    const all = (await list({ account: "climate" })).transactions;
    expect((await list({ account: "climate", limit: "2", offset: "1" })).transactions).toEqual(all.slice(1, 3));
    expect(await list({ account: "climate", status: "failed" })).toMatchObject({ transactions: [], more: false });
    expect((await list({ account: "climate", end_date: all.at(-1)!.created_at })).transactions).toEqual([]);
    await expect(list({ account: "climate", type: "gift" })).rejects.toThrow("type");
    await expect(list({ account: "climate", start_date: "yesterday" })).rejects.toThrow("start_date");
  });

  test("a member has those that are hers, and another's number is answered as none", async () => {
    await bench.charge("climate", "0.5", bench.clock.now(), { person: "tom" });
    expect(new Set((await list({ account: "climate" }, maria)).transactions.map(({ person }) => person))).toEqual(new Set(["maria"]));
    expect((await list({ account: "climate" }, sarah)).transactions.some(({ person }) => person === "tom")).toBe(true);
    const [toms] = (await list({ account: "climate" }, tom)).transactions;
    const show = (id: string, person: typeof maria) => bench.call("showTransaction", person, { params: { id } });
    expect(await show(toms!.id, tom)).toEqual(toms);
    expect(await code(show(toms!.id, maria), toms!.id)).toBe(await code(show("99", maria), "99"));
    expect(await code(list({ account: "uni" }, maria), "uni")).toBe(await code(list({ account: "nowhere" }, maria), "nowhere"));
  });
});

describe("what other programs read", () => {
  const account = {
    name: "climate",
    unit: "USD",
    status: "open",
    allocated: "50.00",
    reserved: "3.10",
    can_commit: "41.999999",
    pi: "sarah",
    managers: ["sarah"],
    members: ["maria"],
    delegates: [],
  } as const;

  test("the banner is one line, the default first, and nothing for who has no project", () => {
    const others = ["a", "b", "c"].map((name) => ({ ...account, name, reserved: "0.00", status: "frozen" }));
    expect(bannerLine([...others, account], "climate")).toBe(
      "Budget: climate $41.999999 left of $50.00, $3.10 reserved; a $41.999999 left of $50.00, frozen; b $41.999999 left of $50.00, frozen; 1 more: headgate budget status",
    );
    expect(bannerLine([], null)).toBe("");
  });

  test("the balances of Open OnDemand are whole, of one unit, rounded down, and of everybody who may use the account now", () => {
    const delegates = [
      { person: "chen", from: null, until: "2026-12-01T00:00:00Z" },
      { person: "late", from: "2026-12-01T00:00:00Z", until: null },
    ];
    const accounts = [
      { ...account, delegates },
      { ...account, name: "su", unit: "SU" as const },
      { ...account, name: "over", can_commit: "-3.00" },
      { ...account, name: "gone", status: "closed" },
    ];
    expect(oodBalances(accounts, "USD", at("2026-11-21T12:00:00Z"))).toEqual({
      version: 1,
      timestamp: 1795262400,
      config: { unit: "dollar", project_type: "project" },
      balances: [
        { user: "chen", project: "climate", value: 41 },
        { user: "maria", project: "climate", value: 41 },
        { user: "sarah", project: "climate", value: 41 },
        { user: "maria", project: "over", value: 0 },
        { user: "sarah", project: "over", value: 0 },
      ],
    });
  });

  test("the digest of a month says what is left, what was spent and by whom", async () => {
    const query = { month: "2026-11", zone: "UTC" };
    const statement = (await bench.call("accountStatement", owner, { params: { account: "climate" }, query })) as Statement;
    const usage = (await bench.call("usage", owner, { query: { ...query, account: "climate", by: "person" } })) as UsageReport;
    const text = digestText(statement, usage);
    expect(text).toContain(`climate, 2026-11-01 to 2026-11-30`);
    expect(text).toContain(`is left, $7.00 of it reserved.`);
    expect(text).toMatch(/ {2}maria {2}\$\d+\.\d+/);
    expect(text).toContain("headgate report statement climate --month 2026-11");
  });
});
