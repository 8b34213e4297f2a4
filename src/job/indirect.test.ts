import { afterEach, beforeEach, expect, test } from "vitest";
import { jobsBed, type JobsBed } from "../../test/beds/jobs.ts";
import { ledgerVerifications, openAccounts } from "#budget";
import { verify } from "#db";
import { addMs, instantToIso, micros, milliseconds, systemClock } from "#kernel";
import { costOfJob } from "./show-jobs.ts";

let bed: JobsBed;
beforeEach(async () => {
  bed = await jobsBed({ limit: micros(1_000n) });
});
afterEach(async () => {
  const faults = (await verify(bed.database.db, ledgerVerifications())).flatMap((one) => one.faults);
  await bed.close();
  if (faults.length > 0) throw new Error(`the books do not add up: ${faults.join("; ")}`);
});

const day = (days: number) => instantToIso(addMs(systemClock.now(), milliseconds(days * 86_400_000))).slice(0, 10);
const TEN_SECONDS = "command: ['true']\ntime_limit: 10s\n";

/** An award on the account of the bed, with the rates given. */
async function award(rates: readonly Record<string, unknown>[], account = "materials"): Promise<void> {
  const { db } = bed.database;
  const number = `ATM-${account}`;
  const terms = { number, account, agency: "NSF", title: "Isotopes", pi: "Dr Li", starts_on: day(-10), ends_on: day(300), total: "1000000000" };
  const more = { period_months: 12, carry: "carry-over", through: false, closeout_days: 90, facts: {} };
  await db.query("select headgate.set_award($1, true, $2, null, 'owner', 'test', 'letter', now())", [
    `award-${account}`,
    JSON.stringify({ ...terms, ...more }),
  ]);
  for (const [index, rate] of rates.entries()) await decide(number, rate, `rate-${account}-${index}`);
}

async function decide(number: string, rate: Record<string, unknown>, key: string): Promise<void> {
  const full = { dated: day(-5), agreement: "rates of 2026", approver: "sponsored programs", ...rate };
  await bed.database.db.query("select headgate.set_indirect($1, $2, $3, 'owner', 'test', 'letter', now())", [key, number, JSON.stringify(full)]);
}

const cost = (number: string) => costOfJob({ ...bed.submitPorts }, { name: "maria", admin: true }, number);
const inMicros = (text: string) => BigInt(Math.round(Number(text) * 1e6));

async function whole(number: string): Promise<void> {
  await bed.start();
  await bed.until(number);
}

test("a job on an award with 30 % on compute reserves and pays its indirect cost beside the direct one", async () => {
  await award([{ class: "compute", rate: 300_000 }]);
  const number = await bed.submit(TEN_SECONDS);
  expect(await bed.money()).toEqual({ spent: 0n, held: 26n, overrun: 0n });
  expect(await cost(number)).toMatchObject({ reserved: "0.000026", reserved_indirect: "0.000006", charged: "0.00", indirect: "0.00", open: "0.000026" });
  await whole(number);
  const answer = await cost(number);
  const [charged, indirect] = [inMicros(answer.charged), inMicros(answer.indirect)];
  expect(await bed.money()).toEqual({ spent: charged + indirect, held: 0n, overrun: 0n });
  expect([charged + indirect + inMicros(answer.returned), answer.open]).toEqual([26n, "0.00"]);
  const charges = await bed.database.db.query<{ amount: bigint }>("select amount from headgate.journal_transaction where subject = 'indirect:compute'");
  expect(charges.reduce((sum, one) => sum + one.amount, 0n)).toBe(indirect);
});

test("a class that is exempt, and one that nobody decided about, cost the direct cost alone", async () => {
  await award([{ class: "compute", rate: 0, exempt: "own machines" }]);
  const accounts = openAccounts({ db: bed.database.db, clock: systemClock, source: "test" });
  await accounts.ensure({ name: "other", title: null, kind: "project", parent: null, allocated: micros(1_000n), startsAt: null, endsAt: null }, "owner");
  await award([{ class: "cloud", rate: 300_000 }], "other");
  const numbers = [await bed.submit(TEN_SECONDS), await bed.submit(`project: other\n${TEN_SECONDS}`)];
  for (const number of numbers) expect(await cost(number)).toMatchObject({ reserved: "0.00002", reserved_indirect: "0.00" });
  await bed.start();
  for (const number of numbers) {
    await bed.until(number);
    expect(await cost(number)).toMatchObject({ indirect: "0.00", overrun: "0.00", settled: true });
  }
});

test("a retried submission keeps the rate it was reserved by, and its charges too, also when another was decided since", async () => {
  await award([{ class: "compute", rate: 300_000 }]);
  const number = await bed.submit(TEN_SECONDS);
  await decide("ATM-materials", { class: "compute", rate: 900_000 }, "more");
  const { id } = await bed.row<{ id: string }>("select id from headgate.job where number = $1", [number]);
  const ask = { account: "materials", amount: micros(20n), person: "maria", subject: `job:${id}`, expiresAt: null, formula: [], expected: null };
  const [again, two] = await Promise.all([1, 2].map(() => bed.ledger.holdMany([{ ...ask, key: `hold:${id}`, chargeClass: "compute", charges: 1 }])));
  expect([again, two]).toMatchObject([[{ kind: "granted", amount: 26n, replayed: true }], [{ kind: "granted", amount: 26n, replayed: true }]]);
  expect((await bed.money()).held).toBe(26n);
  const [next] = await bed.ledger.holdMany([{ ...ask, key: "next", chargeClass: "compute", charges: 1 }]);
  expect(next).toMatchObject({ kind: "granted", amount: 38n });
});

test("what is reserved is enough for every part of an array however it is rounded, on an account filled to the last millionth", async () => {
  await award([{ class: "compute", rate: 300_000 }]);
  const ask = { account: "materials", person: "maria", subject: "job:x", expiresAt: null, formula: [], expected: null, chargeClass: "compute" };
  // 125 parts of 5 millionths bring 1.5 millionths each, rounded up to 2: 250, though 30 % of the whole are only 188.
  const [whole] = await bed.ledger.holdMany([{ ...ask, key: "array", amount: micros(625n), charges: 125 }]);
  expect(whole).toMatchObject({ kind: "granted", amount: 625n + 188n + 62n });
  await bed.ledger.holdMany([{ ...ask, key: "rest", amount: micros(125n), chargeClass: null }]);
  if (whole?.kind !== "granted") return;
  for (let attempt = 1; attempt <= 125; attempt += 1) {
    const settle = {
      holdId: whole.holdId,
      amount: micros(5n),
      final: attempt === 125,
      frees: micros(0n),
      figure: "metered",
      at: systemClock.now(),
      note: "",
    } as const;
    const [answer] = await bed.ledger.settleMany([{ ...settle, key: `settle-${attempt}`, attempt }]);
    expect(answer).toMatchObject({ kind: "settled", overrun: 0n });
  }
  expect(await bed.money()).toEqual({ spent: 625n + 250n, held: 125n, overrun: 0n });
});

test("a job out of several funds has the rate of each fund in its part", async () => {
  const accounts = openAccounts({ db: bed.database.db, clock: systemClock, source: "test" });
  for (const name of ["gift", "grant"])
    await accounts.ensure({ name, title: null, kind: "project", parent: null, allocated: micros(10n), startsAt: null, endsAt: null }, "owner");
  await award([{ class: "compute", rate: 300_000 }], "grant");
  await bed.database.db.query("select headgate.allocate('more', 'grant', 30, false, false, 'owner', 'test', '', now(), now())");
  await bed.database.db.query("select headgate.set_fund_plan('plan', 'materials', 'order', array['gift', 'grant'], null, 'owner', 'test', '', now())");
  const number = await bed.submit(TEN_SECONDS);
  // 10 of the gift, and 10 of the grant with 3 of indirect cost.
  expect(await cost(number)).toMatchObject({ reserved: "0.000023", reserved_indirect: "0.000003" });
  const { hold_id: holdId } = await bed.row<{ hold_id: string }>("select hold_id from headgate.job where number = $1", [number]);
  const settle = { key: "settle", holdId, attempt: 1, amount: micros(20n), final: true, figure: "metered", at: systemClock.now(), note: "" } as const;
  expect(await bed.ledger.settleMany([settle])).toMatchObject([{ kind: "settled", charged: 20n, returned: 0n, overrun: 0n }]);
  const spent = await bed.database.db.query<{ name: string; spent: bigint }>(
    "select a.name, b.spent from headgate.account a join headgate.balance b on b.node_id = a.id where a.name in ('gift', 'grant') order by a.name",
  );
  expect(spent).toEqual([
    { name: "gift", spent: 10n },
    { name: "grant", spent: 13n },
  ]);
});

test("a job that fits without its indirect cost alone is refused in words that name it, and a dry run foresees both", async () => {
  await award([{ class: "compute", rate: 300_000 }]);
  const accounts = openAccounts({ db: bed.database.db, clock: systemClock, source: "test" });
  const ask = { account: "materials", person: "maria", until: null, chargeClass: "compute", charges: 1 };
  expect(await accounts.wouldHold({ ...ask, amount: micros(700n) })).toEqual({ asked: 910n, refusal: null, exempt: null });
  expect(await accounts.wouldHold({ ...ask, amount: micros(800n) })).toMatchObject({
    asked: 1_040n,
    refusal: { code: "budget.insufficient", available: 1_000n },
  });
  await expect(bed.submit("command: ['true']\ntime_limit: 790s\n")).rejects.toMatchObject({
    code: "budget.insufficient",
    detail: expect.stringContaining("+ $0.00024 indirect cost") as string,
  });
});
