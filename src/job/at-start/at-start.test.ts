import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ledgerVerifications } from "#budget";
import { verify } from "#db";
import { addMs, manualClock, micros, milliseconds, systemClock } from "#kernel";
import { jobsBed, type JobsBed } from "../../../test/beds/jobs.ts";
import { cancelJob } from "../control-jobs.ts";
import { pendingJobs } from "../dispatch-store.ts";
import { orphans } from "../orphan/service.ts";
import { whyOfJob } from "../show-jobs.ts";
import { reserveForStart } from "./service.ts";

/** A job of a minute costs 70 at most (60 s and 10 s of grace at one millionth a second). */
let bed: JobsBed;
let gate: string;
beforeEach(async () => {
  bed = await jobsBed({ limit: micros(100n) });
  gate = join(bed.stateFolder, "gate");
  await reserveAt("start");
});
afterEach(() => bed.close());

let changes = 0;
const reserveAt = (when: string) =>
  bed.database.db.query("select headgate.change_account($1, 'materials', null, null, null, 'owner', 'test', 'padded jobs', now(), $2)", [
    `change-${(changes += 1)}`,
    when,
  ]);

/** Runs until the gate is opened. */
const padded = (more = "") => `command: [sh, -c, "while [ ! -e ${gate} ]; do sleep 0.02; done"]\ntime_limit: 1m\n${more}`;
const quick = (more = "") => `command: ['true']\ntime_limit: 1m\n${more}`;
const owner = { name: "maria", admin: true };
const job = (number: string) =>
  bed.row<{
    id: string;
    state: string;
    outcome: string | null;
    reason: string | null;
    reserved: bigint;
    charged: bigint;
    returned: bigint;
    hold_id: string | null;
  }>("select * from headgate.job where number = $1", [number]);
const holds = () => bed.row<{ placed: bigint; open: bigint }>("select count(*) as placed, count(*) filter (where state = 'open') as open from headgate.hold");
const faults = async () => (await verify(bed.database.db, ledgerVerifications())).flatMap((result) => result.faults);
const changed = async (number: string, is: (row: Awaited<ReturnType<typeof job>>) => boolean): Promise<void> => {
  const done = Promise.withResolvers<void>();
  const look = () => void job(number).then((row) => is(row) && done.resolve(), done.reject);
  const unlisten = await bed.database.db.listen("job_changed", look);
  look();
  await done.promise;
  await unlisten();
};
const short = (number: string) => changed(number, (row) => row.reason?.startsWith("waits for budget") === true);

async function booksAreRight(): Promise<void> {
  expect(await faults()).toEqual([]);
  const later = { db: bed.database.db, clock: manualClock(addMs(systemClock.now(), milliseconds(60_000))) };
  expect(await orphans(later)).toEqual([]);
}

describe("an account that reserves when a job starts", () => {
  test("takes two padded jobs that it could not bear at once; one runs, the other follows when the first is settled", async () => {
    const [first, second] = [await bed.submit(padded()), await bed.submit(padded())];
    expect(await job(first)).toMatchObject({
      state: "queued",
      reserved: 0n,
      hold_id: null,
      reason: "at most $0.00007 is reserved on materials when it starts",
    });
    expect(await bed.money()).toEqual({ spent: 0n, held: 0n, overrun: 0n });
    await bed.start();
    await bed.until(first, ["running"]);
    await short(second);
    expect((await bed.money()).held).toBe(70n);
    const words = "waits for budget: materials can commit $0.00003 now; this job can cost at most $0.00007 (1 cores x (60 s time limit + 10 s grace))";
    expect((await job(second)).reason).toBe(words);
    const why = await whyOfJob(bed.submitPorts, owner, second);
    expect(why.waits).toEqual([{ kind: "budget", words, ok: false }]);
    // Other work goes on meanwhile.
    const small = await bed.submit("command: ['true']\ntime_limit: 5s\n");
    await bed.until(small);
    expect((await job(small)).outcome).toBe("completed");
    writeFileSync(gate, "");
    await bed.until(second);
    expect((await job(second)).outcome).toBe("completed");
    expect((await bed.money()).held).toBe(0n);
    for (const number of [first, second]) expect(await job(number)).toSatisfy((row: Awaited<ReturnType<typeof job>>) => row.charged + row.returned === 70n);
    await booksAreRight();
  });

  test("refuses at once what it could never bear, and what it is closed for", async () => {
    const detail = "materials has $0.0001 left to spend, whatever is given back; this job can cost at most $0.00014 (2 cores x (60 s time limit + 10 s grace))";
    await expect(bed.submit(quick("resources: {cores: 2}\n"))).rejects.toMatchObject({
      code: "budget.insufficient",
      detail,
      facts: { available: "0.0001", asked: "0.00014" },
    });
    await bed.database.db.query("select headgate.change_account('freeze', 'materials', 'frozen', null, null, 'owner', 'test', '', now())");
    await expect(bed.submit(quick())).rejects.toMatchObject({ code: "budget.frozen" });
    expect(await holds()).toEqual({ placed: 0n, open: 0n });
  });

  test("asks nothing twice while nothing is given back, and holds nothing for a job that is cancelled while it waits", async () => {
    const [first, second] = [await bed.submit(padded()), await bed.submit(padded())];
    await bed.start();
    await short(second);
    for (let round = 0; round < 5; round += 1) await bed.database.db.query("select pg_notify('job_work', '')");
    await bed.until(await bed.submit("command: ['true']\ntime_limit: 5s\n"));
    expect(await bed.row("select hold_asks, hold_answers from headgate.job where number = $1", [second])).toEqual({ hold_asks: 1, hold_answers: 1 });
    expect((await cancelJob(bed.submitPorts, owner, second, null)).outcome).toBe("cancelled");
    await bed.until(second);
    expect(await job(second)).toMatchObject({ state: "settled", reserved: 0n, charged: 0n, returned: 0n, hold_id: null });
    writeFileSync(gate, "");
    await bed.until(first);
    expect((await bed.money()).held).toBe(0n);
    await booksAreRight();
  });

  test("reserves once for a whole array, at its first start", async () => {
    const number = await bed.submit("command: ['true']\ntime_limit: 10s\narray: 0-3\n");
    expect((await bed.money()).held).toBe(0n);
    await bed.start({ cores: 1 });
    await bed.until(number);
    expect(await job(number)).toMatchObject({ outcome: "completed", reserved: 80n });
    expect(await holds()).toEqual({ placed: 1n, open: 0n });
    await booksAreRight();
  });

  test("looks at the funds that pay, where several do", async () => {
    const { db } = bed.database;
    for (const [name, amount] of [
      ["grant", 60],
      ["gift", 60],
    ] as const) {
      await db.query("select headgate.open_account($1, $2, $2, 'project', null, 'USD', null, null, null, 'owner', 'test', now())", [`open-${name}`, name]);
      await db.query("select headgate.allocate($1, $2, $3, false, false, 'owner', 'test', 'money', now(), now())", [`give-${name}`, name, amount]);
    }
    await db.query("select headgate.set_fund_plan('plan', 'materials', 'order', array['grant', 'gift'], null, 'owner', 'test', 'two pay', now())");
    await expect(bed.submit(quick("resources: {cores: 2}\n"))).rejects.toMatchObject({ code: "budget.insufficient", facts: { available: "0.00012" } });
    const [first, second] = [await bed.submit(padded()), await bed.submit(padded())];
    await bed.start();
    await bed.until(first, ["running"]);
    await short(second);
    writeFileSync(gate, "");
    await bed.until(second);
    expect((await job(second)).outcome).toBe("completed");
    expect(await faults()).toEqual([]);
  });

  test("leaves jobs that were submitted before as they were", async () => {
    await reserveAt("submission");
    const early = await bed.submit(padded());
    await reserveAt("start");
    const late = await bed.submit(padded());
    expect([(await job(early)).reserved, (await job(late)).reserved]).toEqual([70n, 0n]);
    await reserveAt("inherit");
    await expect(bed.submit(padded())).rejects.toMatchObject({ code: "budget.insufficient" });
    writeFileSync(gate, "");
    await bed.start();
    await bed.until(late);
    await booksAreRight();
  });
});

describe("a job that has waited for its budget for long", () => {
  test("is passed by no younger one of the same budget", async () => {
    const [first, second] = [await bed.submit(padded()), await bed.submit(padded())];
    const executor = await bed.start();
    await bed.until(first, ["running"]);
    await short(second);
    // Nobody but this test asks for anything from here on.
    await executor.stop();
    const small = await bed.submit("command: ['true']\ntime_limit: 5s\ndepends_on: { afterany: ['1'] }\n".replace("'1'", `'${first}'`));
    const { id } = await job(small);
    await bed.database.db.query("update headgate.job_task set state = 'queued', queued_at = now(), moved_by = 'test', moved_why = 'test' where job_id = $1", [
      id,
    ]);
    const pending = async (hours: number) =>
      (await pendingJobs(bed.database.db, "local", 10, addMs(systemClock.now(), milliseconds(hours * 3_600_000)))).map((one) => one.id);
    expect(await pending(0)).toEqual([id]);
    expect(await pending(2)).toEqual([]);
    writeFileSync(gate, "");
    await bed.start();
    await bed.until(second);
    await bed.until(small);
  });
});

describe("killed with kill -9", () => {
  async function workerThatDies(when: string): Promise<void> {
    const worker = spawn(process.execPath, ["test/beds/job-worker.ts", bed.database.url, bed.stateFolder, "4", when], { stdio: "ignore" });
    const [, signal] = await new Promise<[number | null, string | null]>((resolve) => worker.once("exit", (code, name) => resolve([code, name])));
    expect(signal).toBe("SIGKILL");
  }

  test.each([
    ["before-hold", 0n],
    ["after-hold", 70n],
  ])("%s, the next worker takes it up: one reservation, one run", async (when, held) => {
    const ran = join(bed.stateFolder, "ran");
    const number = await bed.submit(`command: [sh, -c, "echo ran >> ${ran}"]\ntime_limit: 1m\n`);
    await workerThatDies(when);
    expect([(await bed.money()).held, (await job(number)).hold_id, existsSync(ran)]).toEqual([held, null, false]);
    await bed.start();
    await bed.until(number);
    expect(await job(number)).toMatchObject({ outcome: "completed", reserved: 70n });
    expect(await holds()).toEqual({ placed: 1n, open: 0n });
    await booksAreRight();
  });

  test.each(["before-hold", "after-hold"])("%s and cancelled before anybody looks, it holds nothing in the end", async (when) => {
    const number = await bed.submit(quick());
    await workerThatDies(when);
    await cancelJob(bed.submitPorts, owner, number, null);
    await bed.start();
    await bed.until(number);
    expect(await job(number)).toMatchObject({ outcome: "cancelled", charged: 0n });
    expect((await holds()).open).toBe(0n);
    expect((await bed.money()).held).toBe(0n);
    await booksAreRight();
  });
});

test("two that ask for the same job at once place one reservation", async () => {
  const number = await bed.submit(quick());
  const { id } = await job(number);
  const ports = { ...bed.submitPorts, log: { warn: () => undefined } };
  const answers = await Promise.all([reserveForStart(ports, [id]), reserveForStart(ports, [id])]);
  expect(answers.every(({ unasked }) => unasked.length === 0)).toBe(true);
  expect(await holds()).toEqual({ placed: 1n, open: 1n });
  expect((await job(number)).reserved).toBe(70n);
});
