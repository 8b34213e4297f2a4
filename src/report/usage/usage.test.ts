import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ledgerVerifications } from "#budget";
import { verify } from "#db";
import { addMs, milliseconds } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import { reportVerifications, rollUpUsage } from "../index.ts";
import { at, owner, reportBench, usd } from "../test-bench.ts";
import type { UsageReport } from "./contract.ts";

let bed: FreshDatabase;
let bench: ReturnType<typeof reportBench>;
const maria = { name: "maria", admin: false };
const sarah = { name: "sarah", admin: false };
const stranger = { name: "stranger", admin: false };
const PARTS = { maria: [{ account: "climate", role: "member" as const }], sarah: [{ account: "geo", role: "manager" as const }] };

/** Fourteen weeks around the end of summer time in Chicago, with every kind of cost. */
beforeAll(async () => {
  bed = await freshDatabase();
  bench = reportBench(bed.db, PARTS);
  const { open, job, charge, mend } = bench;
  await open("uni", null, "100000", "institution");
  await open("geo", "uni", "50000");
  for (const name of ["climate", "materials"]) await open(name, "geo", "20000");
  await open("physics", "uni", "1000");
  for (let hour = 0; hour < 14 * 7 * 24; hour += 5) {
    const served = addMs(at("2026-08-28T00:07:30Z"), milliseconds(hour * 3_600_000));
    const [account, person] = [["climate", "materials", "physics"][hour % 3]!, ["maria", "tom", "chen", "li"][hour % 4]!];
    const number = await job(account, `0.${String(100_001 + hour)}`, served, {
      person,
      ...(hour % 2 === 0 ? { partition: "gpu" } : {}),
      ...(hour % 7 === 0 ? { app: "gchp" } : {}),
      cluster: `machine-${hour % 17}`,
    });
    if (hour % 11 === 0) await mend("refund", number, "0.050000");
    if (hour % 13 === 0) await mend("write-off", number, "0.010001", "uni");
    if (hour % 35 === 0) await charge(account, "1.5", served, { person, subject: hour % 2 === 0 ? "standing:head-node" : "bill:row", partition: "gpu" });
    // The sums are brought up to date here and there, so that reports are put together from both.
    if (hour % 455 === 0) await rollUpUsage(bed.db);
  }
});
afterAll(() => bed.drop());

const ask = (query: Record<string, string>, person = owner) => bench.call("usage", person, { query }) as Promise<UsageReport>;

/** The same out of the journal by SQL that knows nothing of sums and stretches. `$1` the zone. */
async function plain(group: string, from: string, to: string, zone: string, where = "true"): Promise<Record<string, string>> {
  const rows = await bed.db.query<{ name: string; net: string }>(
    `select ${group} as name, (sum(case when t.mends is null then t.amount else -t.amount end) / 1000000.0)::numeric(20, 6)::text as net
     from headgate.journal_transaction t join headgate.journal_transaction c on c.number = coalesce(t.mends, t.number) join headgate.account a on a.id = t.account_id
     left join headgate.hold h on h.id = c.hold_id left join headgate.journal_transaction r on r.number = h.transaction
     where t.kind in ('settle', 'charge', 'refund', 'write-off') and (c.effective_at at time zone $1)::date between $2 and $3 and ${where} group by 1`,
    [zone, from, to],
  );
  return Object.fromEntries(rows.map(({ name, net }) => [name, net]));
}
const six = (amount: string) => (Number(usd(amount)) / 1e6).toFixed(6);
const nets = (report: UsageReport, name: (row: UsageReport["rows"][number]) => string) =>
  Object.fromEntries(report.rows.map((row) => [name(row), six(row.net)]));

describe("a report of usage", () => {
  test("is what the journal says, by every name, in the reader's time zone and over a change of the clock", async () => {
    const [works] = await bed.db.query<{ count: bigint }>("select count(*) as count from headgate.usage_work");
    // So many that all accounts are read in the order of time, and one of them is looked up work by work.
    expect(Number(works?.count)).toBeGreaterThan(100);
    for (const zone of ["America/Chicago", "UTC", "Asia/Kathmandu", "Pacific/Kiritimati"]) {
      const month = { month: "2026-11", zone };
      const days = ["2026-11-01", "2026-11-30", zone] as const;
      expect(nets(await ask({ ...month, by: "account" }), (row) => row.account!)).toEqual(await plain("a.name", ...days));
      expect(nets(await ask({ ...month, by: "person" }), (row) => row.person!)).toEqual(await plain("c.person", ...days));
      expect(nets(await ask({ ...month, by: "day" }), (row) => row.period!)).toEqual(await plain("(c.effective_at at time zone $1)::date", ...days));
      const place = (row: UsageReport["rows"][number]) => `${row.person} ${row.partition} ${row.app}`;
      const words = "format('%s %s %s', c.person, coalesce(r.detail ->> 'partition', c.detail ->> 'partition', ''), coalesce(r.detail ->> 'app', ''))";
      expect(nets(await ask({ ...month, by: "person,partition,app" }), place)).toEqual(await plain(words, ...days));
      const quarter = { from: "2026-09-03", to: "2026-11-17", zone };
      expect(nets(await ask({ ...quarter, by: "month" }), (row) => row.period!)).toEqual(
        await plain("to_char(c.effective_at at time zone $1, 'YYYY-MM')", quarter.from, quarter.to, zone),
      );
    }
  });

  test("by day is the same for who sees all of an account, out of its own sums, as added up from everybody's", async () => {
    const november = { month: "2026-11", zone: "Asia/Kathmandu", account: "geo" };
    const below = "a.path @> array(select id from headgate.account where name = 'geo')";
    const days = await plain("(c.effective_at at time zone $1)::date", "2026-11-01", "2026-11-30", november.zone, below);
    expect(nets(await ask({ ...november, account: "climate", by: "month" }, maria), (row) => row.period!)).toEqual(
      await plain("'2026-11'", "2026-11-01", "2026-11-30", november.zone, "a.name = 'climate' and c.person = 'maria'"),
    );
    const { account: _account, ...anywhere } = november;
    expect(nets(await ask({ ...anywhere, by: "day" }, sarah), (row) => row.period!)).toEqual(days);
    for (const person of [owner, sarah]) expect(nets(await ask({ ...november, by: "day" }, person), (row) => row.period!)).toEqual(days);
    const people = await ask({ ...november, by: "day,person" });
    expect((await ask({ ...november, by: "day" })).totals).toEqual(people.totals);
    expect((await ask({ ...november, by: "kind", kind: "standing" })).totals).toEqual(
      (await ask({ ...november, by: "kind,account", kind: "standing" })).totals,
    );
  });

  test("is of an account and all below it, and only of what the filters name", async () => {
    const november = { month: "2026-11", zone: "America/Chicago" };
    const days = ["2026-11-01", "2026-11-30", "America/Chicago"] as const;
    const below = "a.path @> array(select id from headgate.account where name = 'geo')";
    expect(nets(await ask({ ...november, account: "geo", by: "account" }), (row) => row.account!)).toEqual(await plain("a.name", ...days, below));
    expect(nets(await ask({ ...november, account: "geo", by: "account", person: "tom" }), (row) => row.account!)).toEqual(
      await plain("a.name", ...days, `${below} and c.person = 'tom'`),
    );
    expect((await ask({ ...november, cluster: "machine-0", by: "kind" })).rows.map(({ kind }) => kind)).toEqual(["job"]);
    expect((await ask({ ...november, app: "nothing" })).rows).toEqual([]);
  });

  test("shows what mends a charge on the day of the charge, and what came late as late", async () => {
    const { charge, mend, clock } = bench;
    const old = await charge("physics", "7", at("2026-07-04T23:30:00Z"));
    await charge("physics", "2", addMs(clock.now(), milliseconds(-2 * 86_400_000)));
    await mend("refund", old, "3");
    await mend("write-off", old, "1", "uni");
    const july = await ask({ from: "2026-07-01", to: "2026-07-31", by: "day,account", account: "physics", zone: "America/Chicago" });
    expect(july.rows).toMatchObject([
      { period: "2026-07-04", account: "physics", charges: 1, charged: "7.00", late: "7.00", refunded: "3.00", written_off: "1.00", net: "3.00" },
    ]);
    const today = await ask({ from: "2026-11-19", to: "2026-11-19", by: "kind", account: "physics" });
    expect(today.rows.find(({ kind }) => kind === "other")).toMatchObject({ charged: "2.00", late: "0.00" });
    // The loss is borne by another account, on the day on which that was decided.
    expect((await ask({ from: "2026-11-21", to: "2026-11-21", account: "uni", kind: "loss", by: "account,kind" })).rows[0]).toMatchObject({
      account: "uni",
      kind: "loss",
    });
  });

  test("is the same before and after the sums are brought up to date, and when they are made again", async () => {
    const queries = [
      { month: "2026-11", by: "account,person,kind", zone: "Asia/Kathmandu" },
      { from: "2026-07-01", to: "2026-12-01", by: "day" },
      { month: "2026-10", account: "climate", by: "person" },
    ];
    const all = async () => Promise.all(queries.map(async (query) => ({ ...(await ask(query)), as_of: "" })));
    const before = await all();
    expect(await rollUpUsage(bed.db)).toBeGreaterThan(0);
    expect(await rollUpUsage(bed.db)).toBe(0);
    expect(await all()).toEqual(before);
    expect(await bench.call("rebuildUsage", owner)).toMatchObject({ batches: expect.any(Number) });
    expect(await all()).toEqual(before);
  });

  test("leaves rows out beyond the limit, and still adds them up", async () => {
    const [whole, cut] = [await ask({ month: "2026-11", by: "day,person" }), await ask({ month: "2026-11", by: "day,person", limit: "5" })];
    expect(cut.rows).toEqual(whole.rows.slice(0, 5));
    expect([cut.totals, cut.left_out]).toEqual([whole.totals, whole.rows.length - 5]);
  });

  test("has the month that it is, in the reader's zone, when nothing is said", async () => {
    bench.clock.set(at("2026-12-01T03:00:00Z"));
    expect(await ask({ zone: "America/Chicago" })).toMatchObject({
      from: "2026-11-01",
      to: "2026-11-30",
      starts_at: "2026-11-01T05:00:00.000Z",
      ends_at: "2026-12-01T06:00:00.000Z",
    });
    expect(await ask({ from: "2026-11-20", zone: "America/Chicago" })).toMatchObject({ from: "2026-11-20", to: "2026-11-30" });
    bench.clock.set(at("2026-11-21T12:00:00Z"));
  });
});

describe("who sees what", () => {
  test("a manager sees an account and all below it, a member her own usage in hers", async () => {
    const november = { month: "2026-11", by: "account,person" };
    const seen = async (person: typeof maria, query: Record<string, string>) =>
      (await ask({ ...november, ...query }, person)).rows.map((row) => `${row.account} ${row.person}`).toSorted();
    const all = await seen(owner, {});
    expect(await seen(sarah, {})).toEqual(all.filter((row) => row.startsWith("climate ") || row.startsWith("materials ")));
    expect(await seen(maria, {})).toEqual(["climate maria"]);
    expect(await seen(maria, { account: "climate" })).toEqual(["climate maria"]);
    expect(await seen(stranger, {})).toEqual([]);
  });

  test("another's account and another's name are answered as what is not there", async () => {
    const refusal = async (account: string, person: typeof maria) =>
      ask({ account }, person).catch((error: { code: string; detail: string }) => [error.code, error.detail.replace(account, "NAME")]);
    expect(await refusal("physics", maria)).toEqual(await refusal("nowhere", maria));
    expect(await refusal("geo", maria)).toEqual(["budget.account-unknown", "there is no account NAME"]);
    const rows = async (person: string) => (await ask({ account: "climate", month: "2026-11", person }, maria)).rows;
    expect(await rows("tom")).toEqual(await rows("nobody"));
  });

  test("days that make no report are refused with their place", async () => {
    const code = async (query: Record<string, string>) =>
      ask(query).then(
        () => "taken",
        (error: { code: string; facts: { field: string } }) => `${error.code} ${error.facts.field}`,
      );
    expect(await code({ from: "2026-11-02", to: "2026-11-01" })).toBe("value.range to");
    expect(await code({ from: "2024-01-01", to: "2026-11-01", by: "day" })).toBe("value.range to");
    expect(await code({ month: "2026-11", from: "2026-11-01" })).toBe("value.range month");
    expect(await code({ zone: "Europe/Atlantis" })).toBe("value.range zone");
    await expect(ask({ by: "colour" })).rejects.toThrow("some of account, person");
    await expect(ask({ month: "2026-13" })).rejects.toThrow("2026-11");
  });
});

test("the books are whole, and a sum that was changed, lost or added is found", async () => {
  const faults = async () => (await verify(bed.db, [...ledgerVerifications(), ...reportVerifications()])).flatMap((result) => [...result.faults]);
  expect(await faults()).toEqual([]);
  const damage = async (sql: string) => {
    await expect(
      bed.db.transaction(async (tx) => {
        await tx.query(sql);
        const [check] = reportVerifications();
        throw new Error((await check!.run(tx)).faults.join("; "));
      }),
    ).rejects.toThrow("is not what the journal says");
  };
  await damage("update headgate.usage_sum set charged = charged + 1 where ctid = (select min(ctid) from headgate.usage_sum)");
  await damage("delete from headgate.usage_sum where ctid = (select min(ctid) from headgate.usage_sum)");
  await damage("update headgate.usage_work set person = 'nobody' where id = (select min(id) from headgate.usage_work)");
  await damage("update headgate.usage_sum set charged = charged + 1 where work_id = (select min(id) from headgate.usage_work where whole)");
  await damage("insert into headgate.usage_sum values (999999, 2, '2026-11-01', 1, 1, 0, 0, 0)");
});
