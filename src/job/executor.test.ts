import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../test/beds/eventually.ts";
import { jobsBed, type JobsBed } from "../../test/beds/jobs.ts";
import { cancelTasks } from "./cancel-store.ts";
import { milliseconds, Problem, systemClock } from "#kernel";
import { linuxProcesses } from "./local/processes.ts";

let bed: JobsBed;
beforeEach(async () => {
  bed = await jobsBed();
});
afterEach(() => bed.close());

type Shown = {
  state: string;
  outcome: string | null;
  reason: string | null;
  charged: bigint;
  returned: bigint;
  reserved: bigint;
  figure: string;
  flagged: boolean;
  tasks_completed: number;
};
const shown = (number: string) =>
  bed.row<Shown>("select state, outcome, reason, charged, returned, reserved, figure, flagged, tasks_completed from headgate.job where number = $1", [number]);

type AttemptShown = {
  attempt: number;
  outcome: string;
  exit_code: number | null;
  signal: string | null;
  reason: string;
  elapsed_ms: bigint;
  charge: bigint;
  folder: string;
  pid: number;
  state: string;
};
const attempts = (number: string) =>
  bed.database.db.query<AttemptShown>(
    "select a.* from headgate.job_attempt a join headgate.job j on j.id = a.job_id join headgate.job_task t on t.id = a.task_id where j.number = $1 order by t.ordinal, a.attempt",
    [number],
  );

const arrows = async (number: string) =>
  (
    await bed.database.db.query<{ from_state: string | null; to_state: string }>(
      "select from_state, to_state from headgate.job_event e join headgate.job j on j.id = e.job_id where j.number = $1 order by e.id",
      [number],
    )
  ).map((row) => `${row.from_state ?? ""}>${row.to_state}`);

async function cancel(number: string, index: number | null = null): Promise<void> {
  const { id } = await bed.row<{ id: string }>("select id from headgate.job where number = $1", [number]);
  await cancelTasks(bed.database.db, { jobId: id, index, by: "maria", reason: null, words: "cancelled by maria", now: systemClock.now() });
}

const script = (text: string, more = "") => `command: [sh, -c, ${JSON.stringify(text)}]\ntime_limit: 1m\n${more}`;

describe("one job", () => {
  test("goes the whole road, is charged by the time it took and gives back the rest", async () => {
    await bed.start();
    const number = await bed.submit(script("echo hello"));
    await bed.until(number);
    expect(await arrows(number)).toEqual([">submitted", "submitted>queued", "queued>starting", "starting>running", "running>ended", "ended>settled"]);
    const job = await shown(number);
    expect(job).toMatchObject({ state: "settled", outcome: "completed", reason: "exit code 0", reserved: 70n, figure: "metered", flagged: false });
    expect(job.charged + job.returned).toBe(70n);
    expect(await bed.money()).toEqual({ spent: job.charged, held: 0n, overrun: 0n });
    const [attempt] = await attempts(number);
    expect(readFileSync(join(attempt!.folder, "log"), "utf8")).toBe("hello\n");
  });

  test.each([
    ["an exit code", "exit 3", { outcome: "failed", exit_code: 3, signal: null, reason: "exit code 3" }],
    ["a signal", "kill -SEGV $$", { outcome: "failed", exit_code: null, signal: "SIGSEGV", reason: "ended by SIGSEGV" }],
  ])("keeps %s", async (_what, text, expected) => {
    await bed.start();
    const number = await bed.submit(script(text));
    await bed.until(number);
    expect((await attempts(number))[0]).toMatchObject(expected);
  });

  test("that cannot be found says so", async () => {
    await bed.start();
    const number = await bed.submit("command: [/nowhere/program]\ntime_limit: 1m\n");
    await bed.until(number);
    expect((await attempts(number))[0]).toMatchObject({ outcome: "failed", exit_code: 127, reason: "exit code 127: the program was not found" });
  });

  test("whose outcome cannot be written down, as on a full disk, ends as its exit code says", async () => {
    await bed.start();
    const number = await bed.submit(script(`ln -s /no/such/place ${join(bed.stateFolder, "run")}/$HEADGATE_ATTEMPT.end; exit 3`));
    await bed.until(number);
    expect(await shown(number)).toMatchObject({ state: "settled", outcome: "failed", reason: "exit code 3" });
  });

  test("whose reservation is released by hand while it runs is charged all the same, without one, and ends", async () => {
    await bed.start();
    const number = await bed.submit(script("sleep 0.3", "resources: {cores: 4}\n"));
    await bed.until(number, ["running"]);
    const { hold_id: holdId } = await bed.row<{ hold_id: string }>("select hold_id from headgate.job where number = $1", [number]);
    expect(await bed.ledger.releaseMany([{ key: "by-hand", holdId, at: systemClock.now(), note: "by mistake" }])).toMatchObject([
      { kind: "released", returned: 280n },
    ]);
    await bed.until(number);
    const job = await shown(number);
    expect(job).toMatchObject({ state: "settled", outcome: "completed", reserved: 280n, returned: 280n });
    expect(job.charged).toBeGreaterThan(0n);
    expect(await bed.money()).toEqual({ spent: job.charged, held: 0n, overrun: 0n });
  });

  test("that was tried again keeps its reservation until the last attempt is charged, also when both are charged at once", async () => {
    let calls = 0;
    const settleMany: typeof bed.ledger.settleMany = async (asks) => {
      calls += 1;
      // Away when the first attempt ends.
      if (asks.length < 2) throw new Problem("db.unreachable", { detail: "away" });
      return bed.ledger.settleMany(asks);
    };
    await bed.start({ ledger: { ...bed.ledger, settleMany } });
    const number = await bed.submit(script("sleep 0.1; exit 3", "retries: {count: 1, on: [failed]}\n"));
    await bed.until(number);
    expect(calls).toBeGreaterThan(1);
    const rows = await bed.database.db.query<{ final: boolean; key: string }>(
      "select final, key from headgate.journal_transaction where kind = 'settle' order by number",
    );
    expect(rows.map(({ final }) => final)).toEqual([false, true]);
    const job = await shown(number);
    expect(job.charged + job.returned).toBe(140n);
    expect(await bed.money()).toEqual({ spent: job.charged, held: 0n, overrun: 0n });
  });

  test("an array whose reservation is released by hand ends with every task charged", async () => {
    await bed.start();
    const number = await bed.submit(script("sleep 0.3", "array: 0-2\n"));
    await bed.until(number, ["running"]);
    const { hold_id: holdId } = await bed.row<{ hold_id: string }>("select hold_id from headgate.job where number = $1", [number]);
    await bed.ledger.releaseMany([{ key: "by-hand", holdId, at: systemClock.now(), note: "by mistake" }]);
    await bed.until(number);
    const job = await shown(number);
    expect(job).toMatchObject({ state: "settled", outcome: "completed", reserved: 210n, returned: 210n, tasks_completed: 3 });
    expect(await bed.money()).toEqual({ spent: job.charged, held: 0n, overrun: 0n });
  });

  test("gets a clean environment, its own variables, and arguments as they are", async () => {
    process.env["DATABASE_URL"] = "postgres://secret";
    process.env["HEADGATE_TOKEN"] = "secret";
    await bed.start();
    const number = await bed.submit("command: [env]\ntime_limit: 1m\nname: my job\nenvironment: {COLOUR: blue, OMP_NUM_THREADS: 7}\nresources: {cores: 2}\n");
    await bed.until(number);
    delete process.env["DATABASE_URL"];
    delete process.env["HEADGATE_TOKEN"];
    const [attempt] = await attempts(number);
    const environment: Record<string, string | undefined> = Object.fromEntries(
      readFileSync(join(attempt!.folder, "log"), "utf8")
        .trim()
        .split("\n")
        .map((line) => line.split("=", 2) as [string, string]),
    );
    expect(environment).toMatchObject({
      COLOUR: "blue",
      OMP_NUM_THREADS: "7",
      HEADGATE_JOB: number,
      HEADGATE_JOB_NAME: "my job",
      HEADGATE_CORES: "2",
      HEADGATE_PROJECT: "materials",
      HEADGATE_PERSON: "maria",
    });
    expect(Object.keys(environment)).not.toContain("DATABASE_URL");
    expect(Object.keys(environment)).not.toContain("HEADGATE_TOKEN");
    expect(environment["PATH"]).not.toContain("node_modules");
  });

  test("beyond the budget is refused, and nothing of it remains", async () => {
    await bed.start();
    await expect(bed.submit("command: ['true']\ntime_limit: 10d\nresources: {cores: 4}\narray: 0-999\n")).rejects.toMatchObject({
      code: "budget.insufficient",
    });
    expect(await bed.row("select state, refusal ->> 'code' as code, tasks_queued from headgate.job")).toEqual({
      state: "refused",
      code: "budget.insufficient",
      tasks_queued: 0,
    });
    expect(await bed.money()).toEqual({ spent: 0n, held: 0n, overrun: 0n });
  });
});

describe("files", () => {
  test("inputs are copied in with checksums, outputs are kept with checksums", async () => {
    const { writeFileSync, mkdirSync } = await import("node:fs");
    writeFileSync(join(bed.stateFolder, "data.txt"), "abc");
    mkdirSync(join(bed.stateFolder, "tables"));
    writeFileSync(join(bed.stateFolder, "tables", "one"), "1");
    await bed.start();
    const number = await bed.submit(
      script(
        "cat in/data.txt tables/one > result.out; ln -s /etc/passwd leak.out",
        "inputs: [{path: data.txt, as: in/data.txt}, tables]\noutputs: ['*.out']\n",
      ),
    );
    await bed.until(number);
    const files = await bed.database.db.query("select kind, path, bytes, sha256 from headgate.job_file order by kind, path");
    expect(files).toEqual([
      { kind: "input", path: "in/data.txt", bytes: 3n, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
      { kind: "input", path: "tables/one", bytes: 1n, sha256: "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b" },
      { kind: "output", path: "result.out", bytes: 4n, sha256: "dbfcfd0d87220f629339bd3adcf452d083fde3246625fb3a93e314f833e20d37" },
    ]);
  });

  test("an input that is not the file that was named ends the job before it costs anything", async () => {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(join(bed.stateFolder, "data.txt"), "abc");
    await bed.start();
    const number = await bed.submit(script("echo ran > ran", `inputs: [{path: data.txt, sha256: "${"0".repeat(64)}"}]\n`));
    await bed.until(number);
    expect(await shown(number)).toMatchObject({ outcome: "failed", charged: 0n, returned: 70n });
    expect((await attempts(number))[0]!.reason).toContain("is not the file that was named");
    expect(await arrows(number)).toEqual([">submitted", "submitted>queued", "queued>starting", "starting>ended", "ended>settled"]);
  });

  test("an input that is not there is a fault with its line when the job is submitted", async () => {
    await expect(bed.submit(script("true", "inputs:\n  - nothing.txt\n"))).rejects.toMatchObject({
      code: "input.invalid",
      faults: [{ code: "job.input-missing", place: { line: 4 } }],
    });
  });
});

describe("an array", () => {
  test("runs every task once, each with its own index, log and charge, under one reservation", async () => {
    await bed.start();
    const number = await bed.submit(script("echo task $HEADGATE_TASK; exit $((HEADGATE_TASK % 2))", "array: 3-6\n"));
    await bed.until(number);
    const rows = await attempts(number);
    expect(rows.map((row) => [readFileSync(join(row.folder, "log"), "utf8"), row.outcome])).toEqual([
      ["task 3\n", "failed"],
      ["task 4\n", "completed"],
      ["task 5\n", "failed"],
      ["task 6\n", "completed"],
    ]);
    expect(new Set(rows.map((row) => row.pid)).size).toBe(4);
    const job = await shown(number);
    expect(job).toMatchObject({ state: "settled", outcome: "failed", tasks_completed: 2, reason: "2 of 4 tasks completed", reserved: 280n });
    expect(job.charged).toBe(rows.reduce((sum, row) => sum + row.charge, 0n));
    expect(await bed.money()).toEqual({ spent: job.charged, held: 0n, overrun: 0n });
  });

  test("gives back what a task did not use of its share as soon as that task is over, and keeps the shares of the others", async () => {
    await bed.start();
    const gate = join(bed.stateFolder, "gate");
    const number = await bed.submit(
      script(`[ $HEADGATE_TASK = 0 ] || while [ ! -e ${gate} ]; do sleep 0.02; done`, "array: 0-2\nretries: {count: 1, on: [failed]}\n"),
    );
    const early = await eventually(
      "the first task to be charged",
      () => shown(number),
      ({ returned }) => returned > 0n,
    );
    expect(early).toMatchObject({ reserved: 420n, state: "running" });
    // Two attempts of 70 each for every task that goes on; all that the first one had is charged or free again.
    expect(early.charged + early.returned).toBe(140n);
    expect(await bed.money()).toMatchObject({ held: 280n, overrun: 0n });
    writeFileSync(gate, "");
    await bed.until(number);
    const job = await shown(number);
    expect(job.charged + job.returned).toBe(420n);
    expect(await bed.money()).toEqual({ spent: job.charged, held: 0n, overrun: 0n });
  });

  test("keeps to its throttle", async () => {
    await bed.start();
    const number = await bed.submit(script("sleep 0.05", "array: 0-7%2\n"));
    await bed.until(number);
    const rows = await bed.database.db.query<{ claimed_at: number; ended_at: number }>("select claimed_at, ended_at from headgate.job_attempt");
    expect(rows).toHaveLength(8);
    expect(mostAtOnce(rows)).toBe(2);
  });
});

/** The largest number of intervals that contain one moment. */
function mostAtOnce(rows: readonly { claimed_at: number; ended_at: number }[]): number {
  const steps = rows
    .flatMap(
      (row) =>
        [
          [row.claimed_at, 1],
          [row.ended_at, -1],
        ] as const,
    )
    .toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  let now = 0;
  return Math.max(...steps.map(([, step]) => (now += step)));
}

describe("dependencies", () => {
  test("let jobs start, or end them, when what they wait for has ended", async () => {
    const good = await bed.submit(script("true"));
    const bad = await bed.submit(script("false"));
    const after = (kind: string, on: string) => bed.submit(script("true", `depends_on: {${kind}: ${on}}\n`));
    const [okGood, okBad, anyBad, notBad, notGood] = [
      await after("afterok", good),
      await after("afterok", bad),
      await after("afterany", bad),
      await after("afternotok", bad),
      await after("afternotok", good),
    ];
    const chain = await after("afterok", okBad);
    expect((await shown(okGood)).state).toBe("waiting");
    await bed.start();
    const all = [okGood, okBad, anyBad, notBad, notGood, chain];
    await Promise.all(all.map((number) => bed.until(number)));
    const outcomes = await Promise.all(all.map(async (number) => (await shown(number)).outcome));
    expect(outcomes).toEqual(["completed", "dependency-failed", "completed", "completed", "dependency-failed", "dependency-failed"]);
    expect(await arrows(okBad)).toEqual([">submitted", "submitted>waiting", "waiting>ended", "ended>settled"]);
    expect((await shown(okBad)).reason).toBe(`job ${bad} did not complete`);
    expect((await bed.money()).held).toBe(0n);
  });
});

describe("a time limit", () => {
  test("ends a job, and one that ignores TERM after the grace; neither is charged more than was reserved", async () => {
    await bed.close();
    bed = await jobsBed({ grace: milliseconds(300) });
    await bed.start();
    const polite = await bed.submit("command: [sleep, '60']\ntime_limit: 1s\n");
    const stubborn = await bed.submit(`command: [sh, -c, "trap '' TERM; while :; do :; done"]\ntime_limit: 1s\n`);
    await Promise.all([bed.until(polite), bed.until(stubborn)]);
    expect((await attempts(polite))[0]).toMatchObject({ outcome: "timeout", signal: "SIGTERM", reason: "ran into its time limit of 1.0 s" });
    expect((await attempts(stubborn))[0]).toMatchObject({ outcome: "timeout", signal: "SIGKILL" });
    for (const job of [await shown(polite), await shown(stubborn)]) expect(job.charged).toBeLessThanOrEqual(job.reserved);
  });
});

describe("cancel", () => {
  test("releases what has not started, and stops what runs", async () => {
    const waiting = await bed.submit(script("true"));
    await cancel(waiting);
    expect(await shown(waiting)).toMatchObject({ state: "ended", outcome: "cancelled" });
    await bed.start();
    await bed.until(waiting);
    expect(await shown(waiting)).toMatchObject({ charged: 0n, returned: 70n });

    const running = await bed.submit(script("echo ready; exec sleep 60"));
    await bed.until(running, ["running"]);
    await cancel(running);
    await bed.until(running);
    expect(await shown(running)).toMatchObject({ state: "settled", outcome: "cancelled", reason: "cancelled by maria" });
    expect((await bed.money()).held).toBe(0n);
  });

  test("ends one task of an array, or the whole of it", async () => {
    await bed.start();
    const number = await bed.submit(script("exec sleep 60", "array: 0-5%2\n"));
    await bed.until(number, ["running"]);
    await cancel(number, 0);
    await cancel(number, 5);
    const of = (index: number) =>
      bed.row<{ state: string; outcome: string | null }>(
        "select t.state, t.outcome from headgate.job_task t join headgate.job j on j.id = t.job_id where j.number = $1 and t.index = $2",
        [number, index],
      );
    expect(await of(5)).toMatchObject({ outcome: "cancelled" });
    await cancel(number);
    await bed.until(number);
    const rows = await bed.database.db.query<{ outcome: string; state: string }>("select outcome, state from headgate.job_task");
    expect(rows.map((row) => `${row.state} ${row.outcome}`)).toEqual(Array.from({ length: 6 }, () => "settled cancelled"));
    expect((await bed.money()).held).toBe(0n);
  });
});

describe("retries", () => {
  test("run a failed job again, charge every attempt, and end with the last", async () => {
    await bed.start();
    const counter = join(bed.stateFolder, "tries");
    const number = await bed.submit(script(`echo x >> ${counter}; test $(wc -l < ${counter}) -ge 3`, "retries: 4\n"));
    await bed.until(number);
    const rows = await attempts(number);
    expect(rows.map((row) => row.outcome)).toEqual(["failed", "failed", "completed"]);
    expect(await shown(number)).toMatchObject({ outcome: "completed", reserved: 350n });
    expect((await shown(number)).charged).toBe(rows.reduce((sum, row) => sum + row.charge, 0n));
    expect(await arrows(number)).toEqual([
      ">submitted",
      "submitted>queued",
      "queued>starting",
      "starting>running",
      "running>queued",
      "queued>starting",
      "starting>running",
      "running>queued",
      "queued>starting",
      "starting>running",
      "running>ended",
      "ended>settled",
    ]);
  });

  test("stop at their number, and only for the causes that were named", async () => {
    await bed.start();
    const often = await bed.submit(script("exit 1", "retries: 1\n"));
    const never = await bed.submit(script("exit 1", "retries: {count: 3, on: [timeout]}\n"));
    await Promise.all([bed.until(often), bed.until(never)]);
    expect(await attempts(often)).toHaveLength(2);
    expect(await attempts(never)).toHaveLength(1);
  });
});

describe("what a job leaves behind", () => {
  test("is ended with it: its cores are free for others only then", async () => {
    await bed.start();
    const note = join(bed.stateFolder, "child");
    const number = await bed.submit(script(`sleep 60 & echo $! > ${note}; exit 0`));
    await bed.until(number);
    expect(linuxProcesses.read(Number(readFileSync(note, "utf8")))?.state ?? "gone").toMatch(/^(gone|Z|X)$/);
  });

  test("memory beyond the reservation ends a job, where the system lets us", async (context) => {
    const executor = await bed.start();
    if (executor.status().memoryLimits.startsWith("not enforced")) context.skip(executor.status().memoryLimits);
    const number = await bed.submit("command: [tail, /dev/zero]\ntime_limit: 1m\nresources: {memory: 48M}\n");
    await bed.until(number);
    expect(await shown(number)).toMatchObject({ outcome: "out-of-memory", reason: "used more memory than it reserved" });
  });
});

describe("the pool", () => {
  test("is never oversubscribed, whatever is asked for", async () => {
    await bed.start({ cores: 4 });
    const numbers: string[] = [];
    for (let at = 0; at < 12; at += 1)
      numbers.push(
        await bed.submit(
          script("sleep 0.03", `resources: {cores: ${(at % 4) + 1}, memory: ${(at % 3) + 1}G}\narray: 0-2\n`),
          ["maria", "sarah", "james"][at % 3],
        ),
      );
    await Promise.all(numbers.map((number) => bed.until(number)));
    const rows = await bed.database.db.query<{ claimed_at: number; ended_at: number; cores: number }>(
      "select claimed_at, ended_at, cores from headgate.job_attempt",
    );
    expect(rows).toHaveLength(36);
    expect(mostAtOnce(rows.flatMap((row) => Array.from({ length: row.cores }, () => row)))).toBeLessThanOrEqual(4);
  });

  test("is shared between people: who comes later with little is not behind all of another's many", async () => {
    const many = await bed.submit(script("sleep 0.05", "array: 0-39\n"), "maria");
    const few = await bed.submit(script("sleep 0.05", "array: 0-3\n"), "sarah");
    await bed.start({ cores: 2 });
    await bed.until(few);
    const { ended } = await bed.row<{ ended: number }>("select (tasks_ended + tasks_settled) as ended from headgate.job where number = $1", [many]);
    expect(ended).toBeLessThan(20);
    await bed.until(many);
  });
});
