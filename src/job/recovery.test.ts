import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jobsBed, momentLater, type JobsBed } from "../../test/beds/jobs.ts";
import { seededRandomness } from "#kernel";
import { holdLeftJobs } from "./hold-job.ts";
import { linuxProcesses } from "./local/processes.ts";

let bed: JobsBed;
const workers: ChildProcess[] = [];
beforeEach(async () => {
  bed = await jobsBed();
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await kill(worker);
  await bed.close();
});

/** A worker in a process of its own; resolves when it dispatches. */
async function startWorker(cores = 4): Promise<ChildProcess> {
  const worker = spawn(process.execPath, ["test/beds/job-worker.ts", bed.database.url, bed.stateFolder, String(cores)], { stdio: ["ignore", "pipe", "pipe"] });
  workers.push(worker);
  let words = "";
  worker.stderr?.on("data", (chunk: Buffer) => (words += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    worker.stdout?.once("data", () => resolve());
    worker.once("exit", () => reject(new Error(`the worker ended: ${words}`)));
  });
  return worker;
}

/** kill -9, and gone. */
async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = new Promise((resolve) => worker.once("exit", resolve));
  worker.kill("SIGKILL");
  await gone;
}

const byText = (a: string, b: string) => (a < b ? -1 : 1);

type AttemptShown = {
  attempt: number;
  state: string;
  outcome: string | null;
  signal: string | null;
  reason: string;
  elapsed_ms: bigint;
  charge: bigint;
  figure: string;
  pid: number;
  pid_start: bigint;
  started_at: number;
  ended_at: number;
};
const attempts = (number: string) =>
  bed.database.db.query<AttemptShown>(
    "select a.* from headgate.job_attempt a join headgate.job j on j.id = a.job_id where j.number = $1 order by a.claimed_at",
    [number],
  );
const shown = (number: string) =>
  bed.row<{ state: string; outcome: string; reason: string; flagged: boolean; figure: string; charged: bigint; returned: bigint; reserved: bigint }>(
    "select * from headgate.job where number = $1",
    [number],
  );
const script = (text: string, more = "") => `command: [sh, -c, ${JSON.stringify(text)}]\ntime_limit: 1m\n${more}`;

describe("after kill -9 of the worker", () => {
  test("a running job goes on, is found again by its process, and is charged for the time it truly took", async () => {
    const first = await startWorker();
    const gate = join(bed.stateFolder, "gate");
    const number = await bed.submit(script(`while [ ! -e ${gate} ]; do sleep 0.02; done; echo done`));
    await bed.until(number, ["running"]);
    const [before] = await attempts(number);
    await kill(first);
    expect(linuxProcesses.read(before!.pid)?.startTicks).toBe(before!.pid_start);
    await startWorker();
    expect((await shown(number)).state).toBe("running");
    writeFileSync(gate, "");
    await bed.until(number);
    const rows = await attempts(number);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ pid: before!.pid, outcome: "completed", figure: "metered" });
    // Both instants are cut to whole milliseconds, their difference is rounded.
    expect(Math.abs(Number(rows[0]!.elapsed_ms) - (rows[0]!.ended_at - rows[0]!.started_at))).toBeLessThanOrEqual(1);
    expect((await shown(number)).charged).toBe(rows[0]!.charge);
  });

  test("a job that ended meanwhile is found ended, with the very time at which it did", async () => {
    const first = await startWorker();
    const note = join(bed.stateFolder, "ended");
    const number = await bed.submit(script(`sleep 0.4; date +%s%3N > ${note}; exit 4`));
    await bed.until(number, ["running"]);
    const [before] = await attempts(number);
    await kill(first);
    // The wrapper is an orphan now: its end is seen in /proc, without a worker.
    while (linuxProcesses.read(before!.pid)?.startTicks === before!.pid_start && linuxProcesses.read(before!.pid)?.state !== "Z")
      await new Promise((resolve) => setImmediate(resolve));
    await startWorker();
    await bed.until(number);
    const [row] = await attempts(number);
    expect(row).toMatchObject({ outcome: "failed", reason: "exit code 4", figure: "metered" });
    expect(Math.abs(row!.ended_at - Number(readFileSync(note, "utf8")))).toBeLessThan(200);
  });

  test("at random moments, again and again, every task runs once, ends once, and is charged once", async () => {
    const random = seededRandomness(20_261_121);
    const ran = join(bed.stateFolder, "ran");
    let worker = await startWorker(6);
    const array = await bed.submit(script(`echo $HEADGATE_TASK $$ >> ${ran}; sleep 0.05`, "array: 0-59\n"));
    const single = await bed.submit(script(`echo single $$ >> ${ran}; exit 1`));
    for (let round = 0; round < 6; round += 1) {
      await momentLater(random.below(300));
      await kill(worker);
      worker = await startWorker(6);
    }
    await Promise.all([bed.until(array), bed.until(single)]);
    const lines = readFileSync(ran, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[0] ?? "");
    expect(lines.toSorted(byText)).toEqual([...Array.from({ length: 60 }, (_, index) => String(index)), "single"].toSorted(byText));
    expect((await attempts(array)).filter((row) => row.state !== "revoked")).toHaveLength(60);
    const finals = await bed.database.db.query<{ job_id: string; task_index: number | null; n: bigint }>(
      "select job_id, task_index, count(*) as n from headgate.job_event where to_state = 'ended' group by 1, 2",
    );
    expect(finals).toHaveLength(61);
    expect(finals.every((row) => row.n === 1n)).toBe(true);
    const [jobs, money] = [await bed.database.db.query<{ charged: bigint }>("select charged from headgate.job"), await bed.money()];
    expect(money).toEqual({ spent: jobs.reduce((sum, job) => sum + job.charged, 0n), held: 0n, overrun: 0n });
    const charges = await bed.row<{ sum: bigint }>("select sum(charge)::bigint as sum from headgate.job_attempt");
    expect(money.spent).toBe(charges.sum);
  }, 60_000);
});

describe("a launch that an earlier worker had begun", () => {
  test("is taken back and made anew when its process has not come", async () => {
    const number = await bed.submit(script("echo ran"));
    const { id } = await bed.row<{ id: string }>("select id from headgate.job where number = $1", [number]);
    const executor = await bed.start();
    await executor.ready;
    await executor.stop();
    // What a worker leaves that dies between its claim and its launch.
    await bed.database.db.query(
      "with t as (update headgate.job_task set state = 'starting', attempt = 1 where job_id = $1 and state = 'queued' returning id, job_id) insert into headgate.job_attempt (id, task_id, job_id, attempt, state, pool, epoch, cores, memory_mib, host, boot_id, folder, claimed_at) select gen_random_uuid(), id, job_id, 1, 'starting', 'local', 1, 1, 512, 'here', $2, '/nowhere', now() from t",
      [(await bed.submit(script("true", "depends_on: {afterany: " + number + "}\n"))) && id, linuxProcesses.bootId()],
    );
    await bed.start();
    await bed.until(number);
    expect((await attempts(number)).map((row) => row.state)).toContain("settled");
  });
});

describe("lost", () => {
  test("is a job whose wrapper was killed; what it left is ended, it is charged to the last sign of life, estimated and flagged", async () => {
    await bed.start();
    const note = join(bed.stateFolder, "child");
    const number = await bed.submit(script(`echo $$ > ${note}; exec sleep 60`));
    await bed.until(number, ["running"]);
    const [before] = await attempts(number);
    while (!existsSync(note)) await new Promise((resolve) => setImmediate(resolve));
    process.kill(before!.pid, "SIGKILL");
    await bed.until(number);
    expect(await shown(number)).toMatchObject({ state: "settled", outcome: "lost", flagged: true, figure: "estimated" });
    expect(["Z", undefined]).toContain(linuxProcesses.read(Number(readFileSync(note, "utf8")))?.state);
    const [row] = await attempts(number);
    expect(Number(row!.elapsed_ms)).toBeLessThan(10_000);
  });

  test("is a job that ran when the machine was started anew: charged to its last beat, and run again only if its rule says so", async () => {
    const first = await bed.start();
    const once = await bed.submit(script("exec sleep 60"));
    const twice = await bed.submit(
      script(`test -e ${bed.stateFolder}/second || { touch ${bed.stateFolder}/second; exec sleep 60; }`, "retries: {count: 1, on: [lost]}\n"),
    );
    await Promise.all([bed.until(once, ["running"]), bed.until(twice, ["running"])]);
    const pids = [...(await attempts(once)), ...(await attempts(twice))].map((row) => row.pid);
    await first.stop();
    // For the next worker the machine has another boot id, and none of these processes.
    const anew = {
      ...linuxProcesses,
      bootId: () => "00000000-0000-0000-0000-000000000000",
      read: (pid: number) => (pids.includes(pid) ? null : linuxProcesses.read(pid)),
    };
    await bed.start({ processes: anew });
    await Promise.all([bed.until(once), bed.until(twice)]);
    for (const pid of pids) linuxProcesses.signal(pid, "SIGTERM");
    const [row] = await attempts(once);
    expect(row).toMatchObject({ outcome: "lost", figure: "estimated", reason: "the machine was started anew while it ran; charged to its last sign of life" });
    expect(row!.ended_at).toBeLessThanOrEqual(Date.now());
    expect(await shown(once)).toMatchObject({ outcome: "lost", flagged: true, figure: "estimated" });
    expect((await attempts(twice)).map((one) => one.outcome)).toEqual(["lost", "completed"]);
    const settled = await bed.database.db.query<{ end_state: string }>(
      "select t.detail ->> 'end_state' as end_state from headgate.journal_transaction t join headgate.job j on t.hold_id::text = j.hold_id where t.kind = 'settle' and j.number = $1 order by t.attempt",
      [twice],
    );
    expect(settled.map((one) => one.end_state)).toEqual(["NODE_FAIL", "COMPLETED"]);
    expect((await bed.money()).held).toBe(0n);
  });
});

describe("one worker at a time", () => {
  test("starts jobs; the next takes over when it is gone", async () => {
    const first = await bed.start();
    await first.ready;
    const second = await bed.start();
    const number = await bed.submit(script("true"));
    await bed.until(number);
    expect([first.status().state, second.status().state]).toEqual(["dispatching", "standing-by"]);
    await first.stop();
    const later = await bed.submit(script("true"));
    await bed.until(later);
    expect(second.status().state).toBe("dispatching");
  });

  test("a worker whose connections are all cut stops launching, takes the pool again, and loses no job", async () => {
    const executor = await bed.start();
    const number = await bed.submit(script("sleep 0.05", "array: 0-19\n"));
    await bed.until(number, ["running"]);
    await bed.database.db.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'headgate dispatcher'",
    );
    await bed.until(number);
    // The tasks may all have ended before the loss is noticed: the pool is taken again all the same.
    await expect.poll(async () => (await bed.row<{ epoch: bigint }>("select epoch from headgate.job_pool")).epoch, { timeout: 10_000 }).toBeGreaterThan(1n);
    await expect.poll(() => executor.status().state, { timeout: 10_000 }).toBe("dispatching");
    expect((await attempts(number)).filter((row) => row.outcome === "completed")).toHaveLength(20);
  });

  test("another machine's pool is not taken while something may run there", async () => {
    const first = await bed.start();
    const number = await bed.submit(script("exec sleep 60"));
    await bed.until(number, ["running"]);
    const [row] = await attempts(number);
    await first.stop();
    await bed.database.db.query("update headgate.job_pool set machine = 'elsewhere'");
    const second = await bed.start();
    while (second.status().state !== "away") await new Promise((resolve) => setImmediate(resolve));
    expect(second.status().words).toContain("may still run on another machine");
    await second.stop();
    process.kill(row!.pid, "SIGTERM");
    const third = await bed.start({ otherMachineIsGone: true });
    await third.ready;
    await bed.until(number);
  });
});

test("a stopped worker leaves what runs, and takes back what it had not started", async () => {
  const first = await bed.start();
  const gate = join(bed.stateFolder, "gate");
  const number = await bed.submit(script(`while [ ! -e ${gate} ]; do sleep 0.02; done`, "array: 0-9\n"));
  await bed.until(number, ["running"]);
  await first.stop();
  const states = await bed.database.db.query<{ state: string; n: bigint }>("select state, count(*) as n from headgate.job_task group by 1");
  expect(states.map((row) => row.state).toSorted()).toEqual(["queued", "running"]);
  await bed.start();
  writeFileSync(gate, "");
  await bed.until(number);
  expect((await attempts(number)).filter((row) => row.outcome === "completed")).toHaveLength(10);
});

test("what a submission left without an answer is taken up: the reservation is made, and the job runs", async () => {
  const number = await bed.submit("command: ['true']\ntime_limit: 1m\n");
  // As if its server had been killed right after writing it down, a minute ago.
  const { id } = await bed.row<{ id: string }>("select id from headgate.job where number = $1", [number]);
  await bed.database.db.query("delete from headgate.job_task where job_id = $1", [id]);
  await bed.database.db.query(
    "update headgate.job set state = 'submitted', hold_id = null, tasks_queued = 0, submitted_at = submitted_at - interval '1 minute' where id = $1",
    [id],
  );
  expect(await holdLeftJobs(bed.submitPorts, "local")).toBe(1);
  await bed.start();
  await bed.until(number);
  expect(await bed.row("select outcome, reserved, charged + returned as sum from headgate.job")).toEqual({ outcome: "completed", reserved: 70n, sum: 70n });
  expect(await bed.row("select count(*) as holds from headgate.hold")).toEqual({ holds: 1n });
});
