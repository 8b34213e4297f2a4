import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../beds/eventually.ts";
import { headgateBed, type HeadgateBed } from "../beds/headgate.ts";
import { BOOKS } from "./crash-books.ts";
import { killByPlan, planJobs, planKills, runsOf, submitAll, type PlannedJob } from "./crash-run.ts";

/** Another moment every day; HEADGATE_CRASH_SEED repeats a run. */
const SEED = Number(process.env["HEADGATE_CRASH_SEED"] ?? Math.floor(Date.now() / 1000));

const RUN_MS_MAX = 400_000;
const SETTLED_MS_MAX = 120_000;

describe(`server, worker and PostgreSQL are killed with -9 at 20 moments of a run of 50 jobs (HEADGATE_CRASH_SEED=${SEED})`, () => {
  let bed: HeadgateBed;
  let folder: string;
  let jobs: PlannedJob[];
  let killed: Record<string, number>;

  beforeAll(async () => {
    bed = await headgateBed({ cores: 8, memoryMib: 4096 });
    folder = join(bed.state, "..", "runs");
    mkdirSync(folder);
    jobs = planJobs(folder);
    await bed.up();
    [killed] = await Promise.all([killByPlan(bed, planKills(SEED)), submitAll(bed, jobs)]);
    await bed.up();
    const open = async () =>
      (await bed.sql<{ left: string }>("select count(*)::text as left from headgate.job where state not in ('settled', 'refused')"))[0]?.left;
    await eventually("jobs that are not settled", open, (left) => left === "0", SETTLED_MS_MAX);
  }, RUN_MS_MAX);
  afterAll(async () => {
    await bed.down();
  });

  test("all of them were killed, twenty times in all", () => {
    expect(Object.values(killed).reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(Math.min(...Object.values(killed))).toBeGreaterThanOrEqual(6);
  });

  test("every job was taken once and ended in the one state that it had to", async () => {
    const rows = await bed.sql<{ name: string; state: string; outcome: string }>("select name, state, outcome from headgate.job where name = any ($1)", [
      jobs.map((job) => job.name),
    ]);
    const ended = rows.map(({ name, state, outcome }) => `${name} ${state} ${outcome}`).toSorted();
    expect(ended).toEqual(jobs.map((job) => `${job.name} settled ${job.outcome}`).toSorted());
  });

  test("no task ran twice, and none was forgotten", () => {
    const ran = jobs.flatMap((job) => job.tasks.map((task) => `${job.name} ${task ?? ""} ${runsOf(folder, job, task)}`));
    expect(ran).toEqual(jobs.flatMap((job) => job.tasks.map((task) => `${job.name} ${task ?? ""} ${job.runs}`)));
  });

  test.each(BOOKS)("by plain SQL: $says", async ({ wrong }) => {
    expect(await bed.sql(wrong)).toEqual([]);
  });

  test.each(BOOKS)("and it would have been noticed if not: $says", async ({ tamper, wrong }) => {
    expect(await bed.sqlAfter(tamper, wrong)).not.toEqual([]);
  });
});
