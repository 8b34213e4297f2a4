import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "#db";
import { ledgerVerifications, openBudget } from "#budget";
import { addMs, milliseconds, parseMicros } from "#kernel";
import { anybody } from "../../../test/beds/people.ts";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { statementCsv, statementPdf } from "../index.ts";
import { at, owner, reportBench, usd } from "../test-bench.ts";
import type { Statement } from "./contract.ts";
import { csvCell } from "./csv.ts";
import { proveStatement, sumsOf } from "./statement.ts";

let bed: FreshDatabase;
let bench: ReturnType<typeof reportBench>;
const ZONE = "America/Chicago";
const sarah = { name: "sarah", admin: false };
const maria = { name: "maria", admin: false };
const stranger = { name: "stranger", admin: false };
const JOBS = 10_000;

/** Ten thousand jobs, booked from the evening of 31 October to the morning of 1 December in Chicago, whose clock goes back on 1 November. */
beforeAll(async () => {
  bed = await freshDatabase();
  bench = reportBench(bed.db, { sarah: [{ account: "geo", role: "manager" }], maria: [{ account: "climate", role: "member" }] });
  const { clock, ledger, open, charge, mend } = bench;
  clock.set(at("2026-10-15T12:00:00Z"));
  await open("uni", null, "100000", "institution");
  await open("geo", "uni", "50000");
  await open("climate", "geo", "20000");
  await charge("climate", "12.345678", at("2026-10-14T00:00:00Z"), { subject: '=HYPERLINK("x")' });
  const [begin, end] = [at("2026-11-01T03:00:00Z"), at("2026-12-01T09:00:00Z")];
  const BATCH = 250;
  for (let first = 0; first < JOBS; first += BATCH) {
    clock.set(addMs(begin, milliseconds(((end - begin) * first) / JOBS)));
    const numbers = Array.from({ length: BATCH }, (_unused, index) => first + index);
    const held = await ledger.holdMany(
      numbers.map((n) => ({
        key: `bh${n}`,
        account: "climate",
        amount: usd("1"),
        person: ["maria", "Łukasz Ωmega"][n % 2]!,
        subject: `job:${n}`,
        expiresAt: null,
        formula: [],
        expected: null,
      })),
    );
    const settled = await ledger.settleMany(
      held.flatMap((answer, index) =>
        answer.kind === "granted" && numbers[index]! % 100 !== 99
          ? [
              {
                key: `bs${numbers[index]}`,
                holdId: answer.holdId,
                attempt: 1,
                amount: usd(`0.${String(100_003 + numbers[index]! * 7).padStart(6, "0")}`),
                final: true,
                figure: "metered" as const,
                at: clock.now(),
                note: "",
              },
            ]
          : [],
      ),
    );
    if (settled.some(({ kind }) => kind !== "settled")) throw new Error("a job was not charged");
  }
  clock.set(at("2026-12-02T12:00:00Z"));
  const late = await charge("climate", "3.5", at("2026-11-12T12:00:00Z"), { subject: "standing:head-node" });
  await mend("refund", late, "1.25");
  await bench.accounts.allocate({ account: "climate", amount: usd("500"), through: true, reason: "second part" }, "owner", "more");
}, 120_000);
afterAll(() => bed.drop());

const ask = (account: string, query: Record<string, string>, person = owner) =>
  bench.call("accountStatement", person, { params: { account }, query }) as Promise<Statement>;
const micros = (text: string) => parseMicros(text) ?? 0n;

/** What was charged in a period of the reader's calendar by plain SQL, and how many charges. */
async function plain(from: string, to: string, zone: string): Promise<{ spent: bigint; lines: number; exact: string[] }> {
  const rows = await bed.db.query<{ amount: bigint }>(
    `select (case when t.mends is null then -t.amount else t.amount end) as amount from headgate.journal_transaction t join headgate.journal_batch b on b.number = t.number / 1024
     join headgate.account a on a.id = t.account_id
     where t.kind in ('settle', 'charge', 'refund', 'write-off') and a.name = 'climate' and (b.booked_at at time zone $1)::date between $2 and $3 order by t.number`,
    [zone, from, to],
  );
  const decimal = (amount: bigint) => (Number(amount) / 1e6).toFixed(6);
  return { spent: -rows.reduce((sum, { amount }) => sum + amount, 0n), lines: rows.length, exact: rows.map(({ amount }) => decimal(amount)) };
}

async function textOf(pdf: Buffer): Promise<string[]> {
  const loading = getDocument({ data: new Uint8Array(pdf), verbosity: 0 });
  const document = await loading.promise;
  const pages: string[] = [];
  for (let number = 1; number <= document.numPages; number += 1) {
    const { items } = await (await document.getPage(number)).getTextContent();
    pages.push(items.map((item) => ("str" in item ? `${item.str}${item.hasEOL ? "\n" : " "}` : "")).join(""));
  }
  await loading.destroy();
  return pages;
}

const six = (amount: string) => (Number(micros(amount)) / 1e6).toFixed(6);

describe("a statement of ten thousand jobs", () => {
  test("is exact to the micro-dollar against plain SQL, in the reader's zone, over a change of the clock", async () => {
    for (const zone of [ZONE, "UTC", "Asia/Kathmandu"]) {
      const statement = await ask("climate", { month: "2026-11", zone });
      const { spent, lines, exact } = await plain("2026-11-01", "2026-11-30", zone);
      expect(lines).toBeGreaterThan(9_000);
      expect(statement.lines.filter(({ section }) => section !== "allocation").map(({ amount }) => six(amount))).toEqual(exact);
      expect(micros(statement.closing.spent) - micros(statement.opening.spent)).toBe(spent);
      expect(micros(statement.opening.left) + statement.sums.reduce((sum, { amount }) => sum + micros(amount), 0n)).toBe(micros(statement.closing.left));
    }
    const chicago = await ask("climate", { month: "2026-11", zone: ZONE });
    expect([chicago.starts_at, chicago.ends_at]).toEqual(["2026-11-01T05:00:00.000Z", "2026-12-01T06:00:00.000Z"]);
    expect(chicago.lines.length).not.toBe((await ask("climate", { month: "2026-11" })).lines.length);
  });

  test("says the same as CSV, with nothing that a spreadsheet would run", async () => {
    const statement = await ask("climate", { month: "2026-11", zone: ZONE });
    const rows = statementCsv(statement).split("\r\n");
    expect(rows.at(-1)).toBe("");
    const amounts = rows.slice(1, -1).map((row) => row.slice(row.lastIndexOf(",") + 1));
    expect(amounts).toEqual([statement.opening.left, ...statement.lines.map(({ amount }) => amount), statement.closing.left]);
    expect(statementCsv(await ask("climate", { month: "2026-10" }))).toContain(`"'=HYPERLINK(""x"")"`);
    expect(["=1+1", "+1", "-1+2", "@x", "\tx", "\uFF1D1", "-1.50", "a,b", 'say "x"', "two\nlines", "plain"].map(csvCell)).toEqual([
      "'=1+1",
      "'+1",
      "'-1+2",
      "'@x",
      "'\tx",
      "'\uFF1D1",
      "-1.50",
      '"a,b"',
      '"say ""x"""',
      '"two\nlines"',
      "plain",
    ]);
  });

  test("says the same as PDF, read back: every amount, page numbers, number, period, who prepared it", async () => {
    const statement = await ask("climate", { month: "2026-11", zone: ZONE }, sarah);
    const pdf = await statementPdf(statement, "a4");
    const pages = await textOf(pdf);
    const [first] = pages;
    for (const words of [
      `2026-11/climate/America-Chicago`,
      "2026-11-01 to 2026-11-30, days of America/Chicago",
      "Prepared by",
      "sarah",
      statement.seal!,
      "Opening balance",
      "Closing balance",
    ])
      expect(first).toContain(words);
    expect(pages.map((page, index) => page.includes(`Page ${index + 1} of ${pages.length}`))).not.toContain(false);
    const whole = pages.join("\n");
    expect(whole).toContain("Łukasz Ωmega");
    const found = whole.match(/-0\.\d{2,6}(?=\s)/g) ?? [];
    const charged = statement.lines.map(({ amount }) => amount).filter((amount) => /^-0\.\d+$/.test(amount));
    expect(found.filter((amount) => charged.includes(amount)).length).toBeGreaterThanOrEqual(charged.length);
    expect(found.reduce((sum, amount) => sum + micros(amount), 0n)).toBe(charged.reduce((sum, amount) => sum + micros(amount), 0n));
    // Fonts are in it, and the same statement is the same file.
    expect(pdf.toString("latin1")).toContain("DejaVuSansCondensed");
    expect((await statementPdf(await ask("climate", { month: "2026-11", zone: ZONE }, sarah), "a4")).equals(pdf)).toBe(true);
  }, 120_000);
});

describe("a statement", () => {
  test("does not change when more is booked later, and the next one begins where it ended", async () => {
    const [october, november, december] = [
      await ask("climate", { month: "2026-10", zone: ZONE }),
      await ask("climate", { month: "2026-11", zone: ZONE }),
      await ask("climate", { month: "2026-12", zone: ZONE }),
    ];
    await bench.charge("climate", "0.000001", at("2026-11-03T00:00:00Z"));
    expect(await ask("climate", { month: "2026-11", zone: ZONE })).toEqual(november);
    expect([october.closing, november.closing]).toEqual([november.opening, december.opening]);
    expect([november.complete, december.complete]).toEqual([true, false]);
    const last = (await ask("climate", { month: "2026-12", zone: ZONE })).lines.at(-1);
    expect(last).toMatchObject({ served_at: "2026-11-03T00:00:00.000Z", section: "other", amount: "-0.000001" });
  });

  test("has each kind of movement in a section of its own, and what is reserved at its end", async () => {
    const december = await ask("climate", { month: "2026-12", zone: "UTC" });
    const sections = Object.fromEntries(december.sums.map(({ section, amount }) => [section, amount]));
    expect(sections).toMatchObject({ allocation: "500.00", standing: "-3.50", refund: "1.25" });
    const november = await ask("climate", { month: "2026-11", zone: "UTC" });
    expect(micros(november.closing.reserved)).toBe(micros(november.reserved.amount));
    expect(november.reserved.count).toBe(micros(november.reserved.amount) === 0n ? 0 : Number(micros(november.reserved.amount) / 1_000_000n));
    expect(november.reserved.count).toBeGreaterThan(90);
  });

  test("of an account above has what all below it spent", async () => {
    const [geo, climate] = [await ask("geo", { month: "2026-11", zone: ZONE }), await ask("climate", { month: "2026-11", zone: ZONE })];
    expect(geo.closing.spent).toBe(climate.closing.spent);
    expect(geo.lines.filter(({ section }) => section === "job").length).toBe(climate.lines.filter(({ section }) => section === "job").length);
  });

  test("is for who answers for the account: others are refused, and strangers as if there were none", async () => {
    const refusal = (account: string, person: typeof maria) =>
      ask(account, {}, person).then(
        () => "given",
        (error: { code: string; detail: string }) => `${error.code} ${error.detail.replace(account, "NAME")}`,
      );
    expect(await refusal("climate", sarah)).toBe("given");
    expect(await refusal("climate", maria)).toContain("access.forbidden");
    expect(await refusal("climate", stranger)).toBe(await refusal("nowhere", stranger));
    expect(await refusal("uni", sarah)).toBe(await refusal("nowhere", sarah));
  });

  test("of a month that has not begun, or in a zone that is not there, is refused", async () => {
    await expect(ask("climate", { month: "2027-01" })).rejects.toMatchObject({ code: "value.range", facts: { field: "month" } });
    await expect(ask("climate", { zone: "Mars/Base" })).rejects.toMatchObject({ code: "value.range", facts: { field: "zone" } });
  });

  test("whose lines do not lead from one balance to the other leaves the house never", () => {
    const balance = { allocated: usd("10"), overrun: usd("0"), spent: usd("1"), held: usd("0"), leased: usd("0") };
    const sums = sumsOf([{ section: "job", amount: usd("-2") }]);
    expect(() => proveStatement(balance, { ...balance, spent: usd("3") }, sums)).not.toThrow();
    expect(() => proveStatement(balance, { ...balance, spent: usd("2.999999") }, sums)).toThrow("lead from its opening to its closing");
  });
});

describe("of an award", () => {
  const budget = () => openBudget({ db: bed.db, clock: bench.clock, source: "test", ledger: bench.ledger, people: anybody });

  test("a statement has its terms, its indirect cost in a section of its own, and who pays idle nodes", async () => {
    bench.clock.set(at("2027-02-03T12:00:00Z"));
    const days = { startsOn: "2027-01-01", endsOn: "2027-12-31", periodMonths: 12, closeoutDays: 120 };
    const rules = { carry: "carry-over", through: true, lateAccount: null, facts: {} } as const;
    const terms = { number: "ATM-2231", account: null, parent: "geo", unit: "USD", agency: "NSF", title: "Isotopes", pi: "Dr Li", total: usd("90") } as const;
    await budget().createAward(owner, { ...terms, ...days, ...rules }, "award");
    const rate = { class: "cloud", rate: 300_000, exempt: null, dated: "2027-01-01", agreement: "agreement of 2026", approver: "Dean Wu" };
    await budget().setIndirect(owner, "ATM-2231", rate, "letter", "rate");
    const account = await accountOf("ATM-2231");
    await budget().charge(
      owner,
      {
        account,
        amount: usd("10"),
        unit: "USD",
        subject: "bill:1",
        person: undefined,
        partition: null,
        figure: "billed",
        at: undefined,
        note: "row",
        detail: null,
        chargeClass: "cloud",
      },
      "bill",
    );
    await bench.open("alps-overhead", "uni", "10", "overhead");
    await budget().setOverhead(
      owner,
      { cluster: "alps", account: "alps-overhead", alarm: 80, idle: { payer: "overhead", minutes: 10 } },
      "new cluster",
      "alps",
    );
    const statement = (await bench.call("awardStatement", sarah, { params: { number: "ATM-2231" }, query: { month: "2027-02" } })) as Statement;
    expect(statement).toMatchObject({
      number: "2027-02/award-ATM-2231",
      account,
      award: { agency: "NSF", pi: "Dr Li", total: "90.00", rates: [{ class: "cloud", percent: "30", agreement: "agreement of 2026" }] },
      sums: [
        { section: "indirect", amount: "-3.00" },
        { section: "other", amount: "-10.00" },
      ],
      idle_rules: ["Nodes of alps wait 10 minutes for work before they power down; that time is paid by the overhead account alps-overhead."],
    });
    const [first] = await textOf(await statementPdf(statement, "letter"));
    for (const words of ["Award ATM-2231", "Indirect cost of cloud: 30 %", "Nodes of alps wait 10 minutes"])
      expect(first?.replaceAll("\n", " ")).toContain(words);
    // A statement of an earlier month says who paid them then.
    expect((await ask("geo", { month: "2026-11" })).idle_rules).toEqual([]);
  });

  test("who may not see it is answered as if there were none", async () => {
    const refusal = (number: string) =>
      bench
        .call("awardStatement", stranger, { params: { number } })
        .catch((error: { code: string; detail: string }) => [error.code, error.detail.replace(number, "N")]);
    expect(await refusal("ATM-2231")).toEqual(await refusal("XX-1"));
  });

  async function accountOf(number: string): Promise<string> {
    const [row] = await bed.db.query<{ name: string }>(
      "select a.name from headgate.award w join headgate.account a on a.id = w.account_id where w.number = $1",
      [number],
    );
    return row?.name ?? "";
  }
});

test("what the journal changed of every node adds up to its balance, and the books are whole", async () => {
  const [row] = await bed.db.query<{ nodes: bigint; wrong: bigint }>(
    `select count(*) as nodes, count(*) filter (where (b.allocated, b.overrun, b.spent, b.held, b.leased) is distinct from (0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint)) as wrong
     from headgate.account a cross join lateral headgate.balance_behind(a.id, 0) b where a.kind <> 'outside'`,
  );
  expect(Number(row?.nodes)).toBe(5);
  expect(row?.wrong).toBe(0n);
  expect((await verify(bed.db, ledgerVerifications())).flatMap((result) => result.faults)).toEqual([]);
});
