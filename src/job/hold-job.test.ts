import { afterEach, beforeEach, expect, test } from "vitest";
import { jobsBed, type JobsBed } from "../../test/beds/jobs.ts";
import type { Ledger } from "#budget";
import { instant, Problem, type ProblemCode } from "#kernel";
import { holdJobs } from "./hold-job.ts";
import { unheldJobs } from "./job-store.ts";

let bed: JobsBed;
beforeEach(async () => {
  bed = await jobsBed();
});
afterEach(() => bed.close());

const script = (name: string) => `name: ${name}\ncommand: ['true']\ntime_limit: 1m\n`;

/** The real ledger, but it cannot book the asks of one job at all. */
function stumbling(ledger: Ledger, over: string, code: ProblemCode): Ledger {
  return {
    ...ledger,
    holdMany: (asks) =>
      asks.some((ask) => ask.subject === `job:${over}`) ? Promise.reject(new Problem(code, { detail: "cannot be booked" })) : ledger.holdMany(asks),
  };
}

/** Two submissions as a server leaves them that dies right after writing them down. */
async function twoLeft() {
  const lost: Ledger = { ...bed.ledger, holdMany: () => Promise.reject(new Problem("budget.outcome-unknown", { detail: "gone" })) };
  const { ledger } = bed;
  bed.submitPorts = { ...bed.submitPorts, ledger: lost };
  await expect(bed.submit(script("first"))).rejects.toMatchObject({ code: "budget.outcome-unknown" });
  await expect(bed.submit(script("second"))).rejects.toMatchObject({ code: "budget.outcome-unknown" });
  bed.submitPorts = { ...bed.submitPorts, ledger };
  return unheldJobs(bed.database.db, "local", instant(Date.now() + 1_000), 10);
}

const states = () => bed.database.db.query<{ name: string; state: string }>("select name, state from headgate.job order by number");

test("a ledger that goes away leaves the job as it is; asked again, it is one job with one reservation", async () => {
  const left = await twoLeft();
  expect((await states()).map((job) => job.state)).toEqual(["submitted", "submitted"]);
  await holdJobs(bed.submitPorts, left);
  await holdJobs(bed.submitPorts, left);
  expect((await states()).map((job) => job.state)).toEqual(["queued", "queued"]);
  expect((await bed.money()).held).toBe(140n);
});

test("a job that can never be booked is refused, and keeps no other from its answer", async () => {
  const left = await twoLeft();
  const ledger = stumbling(bed.ledger, left[0]!.id, "budget.amount-invalid");
  expect(await holdJobs({ ...bed.submitPorts, ledger }, left)).toMatchObject([{ code: "budget.amount-invalid" }, null]);
  expect(await states()).toEqual([
    { name: "first", state: "refused" },
    { name: "second", state: "queued" },
  ]);
});

test("a ledger with too much to do refuses nobody", async () => {
  const left = await twoLeft();
  const ledger = stumbling(bed.ledger, left[0]!.id, "overloaded");
  await expect(holdJobs({ ...bed.submitPorts, ledger }, left)).rejects.toMatchObject({ code: "overloaded" });
  expect((await states()).map((job) => job.state)).toEqual(["submitted", "submitted"]);
});

test("a job that could go on after its account ends is refused with the date, one that cannot is taken", async () => {
  const [tomorrow] = await bed.database.db.query<{ at: string }>("select to_char(now() + interval '24 hours', 'YYYY-MM-DD') as at");
  await bed.database.db.query("select headgate.change_account('end', 'materials', 'open', null, now() + interval '24 hours', 'owner', 'test', '', now())");
  const long = bed.submit("command: ['true']\ntime_limit: 30h\n");
  await expect(long).rejects.toMatchObject({ code: "budget.crosses-end", detail: expect.stringContaining(`materials ends on ${tomorrow!.at}`) as string });
  await expect(bed.submit("command: ['true']\ntime_limit: 23h\n")).resolves.toBeDefined();
});

test("the reservation of a job says for reports which machine it is for", async () => {
  await bed.submit(script("first"));
  const rows = await bed.database.db.query<{ cluster: string; app: string | null }>(
    "select detail ->> 'cluster' as cluster, detail ->> 'app' as app from headgate.journal_transaction where kind = 'hold'",
  );
  expect(rows).toEqual([{ cluster: "local", app: null }]);
});
