import { afterEach, beforeEach, expect, test } from "vitest";
import { ledgerVerifications, openLedger, type Ledger } from "#budget";
import { verify } from "#db";
import { addMs, manualClock, micros, milliseconds, newId, Problem, systemClock, systemRandomness } from "#kernel";
import { jobsBed, type JobsBed } from "../../../test/beds/jobs.ts";
import { LOCAL_POOL } from "../executor.ts";
import { orphans, recoverOrphans } from "./service.ts";

const BY = { person: "owner", source: "recovery" };
const later = manualClock(addMs(systemClock.now(), milliseconds(60_000)));

let bed: JobsBed;
beforeEach(async () => {
  bed = await jobsBed();
  later.set(addMs(systemClock.now(), milliseconds(60_000)));
});
afterEach(() => bed.close());

const ports = (ledger: Ledger = bed.ledger) => ({ db: bed.database.db, ledger, clock: later, pool: LOCAL_POOL });
const kinds = async () => (await orphans(ports())).map(({ kind, amount }) => `${kind} ${amount}`).toSorted();
const recovered = async (ledger?: Ledger) =>
  (await recoverOrphans(ports(ledger), BY)).map(({ kind, done, code }) => `${kind} ${done ? "done" : code}`).toSorted();
const faults = async () => (await verify(bed.database.db, ledgerVerifications())).flatMap((result) => result.faults);
const jobOf = (number: string) =>
  bed.row<{ id: string; hold_id: string; state: string }>("select id, hold_id, state from headgate.job where number = $1", [number]);

async function place(subject: string, key: string, expiresAt: number | null = null): Promise<string> {
  const ask = { key, account: "materials", amount: micros(7n), person: "maria", subject, formula: [], expected: null };
  const [answer] = await bed.ledger.holdMany([{ ...ask, expiresAt: expiresAt === null ? null : addMs(systemClock.now(), milliseconds(expiresAt)) }]);
  if (answer?.kind !== "granted") throw new Error("not granted");
  return answer.holdId;
}

/** One of each, beside a job that waits in good order and a reservation made by hand. */
async function plant(): Promise<{ cancelled: string; waits: string; lost: string }> {
  const [cancelled, waits, lost] = [
    await bed.submit("command: ['true']\ntime_limit: 1m\n"),
    await bed.submit("command: ['true']\ntime_limit: 1m\n"),
    await bed.submit("command: ['true']\ntime_limit: 1m\n"),
  ];
  await bed.database.db.query(
    "update headgate.job_task set state = 'ended', outcome = 'cancelled', ended_at = now(), moved_at = now(), moved_by = 'maria', moved_why = 'cancelled' where job_id = $1",
    [(await jobOf(cancelled)).id],
  );
  await bed.ledger.releaseMany([{ key: "by-hand", holdId: (await jobOf(lost)).hold_id, at: systemClock.now(), note: "by mistake" }]);
  const gone = newId(systemClock, systemRandomness);
  await place(`job:${gone}`, `hold:${gone}`);
  await place("cluster:alps", "http:owner:by-hand");
  await place("cluster:alps", "http:owner:over", 1_000);
  return { cancelled, waits, lost };
}

const PLANTED = [expect.stringMatching(/^ended-open/), "expired-open 7", expect.stringMatching(/^runs-without/), "unknown-job 7"];

test("exactly what was planted is found, nothing is changed by looking, and what is young is left alone", async () => {
  await plant();
  const before = await bed.money();
  expect(await kinds()).toEqual(PLANTED);
  expect(await bed.money()).toEqual(before);
  later.set(systemClock.now());
  expect(await kinds()).toEqual([]);
});

test("recovery puts each right once, says why in the journal, and finds nothing the second time", async () => {
  const { cancelled, waits, lost } = await plant();
  const old = await jobOf(lost);
  expect(await recovered()).toEqual(["ended-open done", "expired-open done", "runs-without done", "unknown-job done"]);
  expect(await kinds()).toEqual([]);
  expect(await recovered()).toEqual([]);
  const held = await bed.row<{ count: bigint }>("select count(*) as count from headgate.hold where state = 'open'");
  expect(held.count).toBe(3n);
  expect((await jobOf(lost)).hold_id).not.toBe(old.hold_id);
  expect((await jobOf(waits)).state).toBe("queued");
  const closed = await bed.row<{ closed: boolean }>("select hold_closed_at is not null as closed from headgate.job where number = $1", [cancelled]);
  expect(closed.closed).toBe(true);
  const why = await bed.database.db.query<{ why: string; by_person: string }>(
    "select why, by_person from headgate.journal_transaction where source = 'recovery' and kind = 'release' order by why",
  );
  expect(why.map((row) => row.why).toSorted((a, b) => Number(b.includes("ended")) - Number(a.includes("ended")) || a.localeCompare(b))).toEqual([
    `recovery: job ${cancelled} has ended`,
    expect.stringMatching(/^recovery: job [0-9a-f-]{36} is not there$/),
    "recovery: the time of the reservation is over",
  ]);
  expect(await faults()).toEqual([]);
});

test("killed after a movement and run again, over and over, the end is the same as in one go", async () => {
  await plant();
  const real = openLedger(bed.database.db, later);
  let killed = 0;
  for (let fatal = 1; fatal <= 8 && (await kinds()).length > 0; fatal += 1) {
    let movements = 0;
    const dieAfter = async <T>(work: Promise<T>): Promise<T> => {
      const answer = await work;
      movements += 1;
      if (movements === fatal) throw new Problem("interrupted", { detail: "killed after the ledger had committed" });
      return answer;
    };
    const dying: Ledger = {
      ...real,
      holdMany: (asks) => dieAfter(real.holdMany(asks)),
      releaseMany: (asks) => dieAfter(real.releaseMany(asks)),
      settleMany: (asks) => dieAfter(real.settleMany(asks)),
    };
    await recoverOrphans(ports(dying), BY).catch(() => (killed += 1));
  }
  expect(killed).toBeGreaterThan(1);
  expect(await kinds()).toEqual([]);
  const held = await bed.row<{ count: bigint; twice: bigint }>(
    "select count(*) as count, count(*) - count(distinct t.subject) as twice from headgate.hold h join headgate.journal_transaction t on t.number = h.transaction where h.state = 'open'",
  );
  expect(held).toEqual({ count: 3n, twice: 0n });
  expect(await faults()).toEqual([]);
});

test("two that recover at the same time do it once", async () => {
  await plant();
  await Promise.all([recoverOrphans(ports(), BY), recoverOrphans(ports(openLedger(bed.database.db, later)), BY)]);
  expect(await kinds()).toEqual([]);
  expect(await bed.row("select count(*) as count from headgate.journal_transaction where source = 'recovery'")).toEqual({ count: 4n });
  expect(await faults()).toEqual([]);
});

test("what the ledger refused to charge, and a submission that never got its answer, are found; each is put right once", async () => {
  const refusing: Ledger = {
    ...bed.ledger,
    settleMany: (asks) => Promise.resolve(asks.map(() => ({ kind: "refused", code: "overloaded" }) as const)),
  };
  const executor = await bed.start({ ledger: refusing });
  const charged = await bed.submit("command: ['true']\ntime_limit: 1m\n");
  await bed.until(charged, ["ended"]);
  await executor.stop();
  const { submitPorts } = bed;
  bed.submitPorts = {
    ...submitPorts,
    ledger: { ...bed.ledger, holdMany: () => Promise.reject(new Problem("interrupted", { detail: "killed before the ledger answered" })) },
  };
  await bed.submit("command: ['true']\ntime_limit: 1m\n").catch(() => undefined);
  const { number: left } = await bed.row<{ number: bigint }>("select number from headgate.job where state = 'submitted'");
  expect(await kinds()).toEqual([expect.stringMatching(/^unheld [1-9]/), expect.stringMatching(/^unsettled /)]);
  expect(await recovered()).toEqual(["unheld done", "unsettled done"]);
  expect(await recovered()).toEqual([]);
  expect((await jobOf(String(left))).state).toBe("queued");
  expect((await jobOf(charged)).state).toBe("settled");
  expect(await faults()).toEqual([]);
});
