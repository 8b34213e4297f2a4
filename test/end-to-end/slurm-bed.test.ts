import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../beds/eventually.ts";
import { slurmBed, slurmMissing, type SlurmBed } from "../beds/slurm/index.ts";

/** What the rest of the tests build on: a real slurmctld that runs, fails, counts and cancels jobs as Slurm does. */
describe.skipIf(slurmMissing() !== null).each([{ accounting: false }, { accounting: true }])(
  "a real Slurm cluster, accounting: $accounting",
  ({ accounting }) => {
    let bed: SlurmBed;
    beforeAll(async () => {
      bed = await slurmBed({ nodes: 2, cpus: 8, accounting, users: ["nobody"] });
    });
    afterAll(async () => {
      await bed.down();
    });

    async function submit(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await bed.run(["sbatch", "--parsable", "--output=/dev/null", ...args]);
      expect(stderr).toBe("");
      expect(code).toBe(0);
      return stdout.trim();
    }

    /** How many of a job's tasks are in each state, e.g. `5 COMPLETED`, as the controller says it. */
    async function states(job: string): Promise<string> {
      const { stdout } = await bed.run(["scontrol", "--oneliner", "show", "job", job]);
      const counts = Object.groupBy([...stdout.matchAll(/JobState=(\w+)/g)], (match) => match[1]!);
      return Object.entries(counts)
        .map(([state, matches]) => `${matches?.length} ${state}`)
        .toSorted()
        .join(", ");
    }

    const comesTo = (job: string, wanted: string) =>
      eventually(
        `job ${job}`,
        () => states(job),
        (now) => now === wanted,
      );

    test("all nodes are idle", async () => {
      const { stdout } = await bed.run(["sinfo", "--noheader", "--format=%D %T"]);
      expect(stdout.trim()).toBe("2 idle");
    });

    test("a job completes", async () => {
      expect(await comesTo(await submit("--wrap=true"), "1 COMPLETED")).toBe("1 COMPLETED");
    });

    test("a job fails and keeps its exit code", async () => {
      const job = await submit("--wrap=exit 3");
      await comesTo(job, "1 FAILED");
      const { stdout } = await bed.run(["scontrol", "show", "job", job]);
      expect(stdout).toContain("ExitCode=3:0");
    });

    test("an array runs every task", async () => {
      const job = await submit("--array=1-5", `--wrap=touch ${bed.work}/task-$SLURM_ARRAY_TASK_ID`);
      await comesTo(job, "5 COMPLETED");
      expect([1, 2, 3, 4, 5].filter((task) => existsSync(join(bed.work, `task-${task}`)))).toEqual([1, 2, 3, 4, 5]);
    });

    test("a dependent job waits for the one before it", async () => {
      const order = join(bed.work, "order");
      const first = await submit(`--wrap=echo first >> ${order}`);
      await comesTo(await submit(`--dependency=afterok:${first}`, `--wrap=echo second >> ${order}`), "1 COMPLETED");
      expect(readFileSync(order, "utf8")).toBe("first\nsecond\n");
    });

    test("a waiting job is cancelled", async () => {
      const job = await submit("--begin=now+1hour", "--wrap=true");
      await bed.run(["scancel", job]);
      expect(await comesTo(job, "1 CANCELLED")).toBe("1 CANCELLED");
    });

    test("a running job is cancelled and its process ends", async () => {
      const pidFile = join(bed.work, "cancelled.pid");
      const job = await submit(`--wrap=echo $$ > ${pidFile}; exec sleep 600`);
      const pid = await eventually(
        "the job's pid",
        () => (existsSync(pidFile) ? readFileSync(pidFile, "utf8").trim() : ""),
        (text) => text !== "",
      );
      await bed.run(["scancel", job]);
      await comesTo(job, "1 CANCELLED");
      expect(
        await eventually(
          "the process",
          () => existsSync(`/proc/${pid}`),
          (alive) => !alive,
        ),
      ).toBe(false);
    });

    test("an unprivileged user's job runs as that user", async () => {
      const job = await bed.run(["sbatch", "--parsable", "--output=whoami", "--wrap=id -un"], { user: "nobody" });
      await comesTo(job.stdout.trim(), "1 COMPLETED");
      expect(readFileSync(join(bed.work, "whoami"), "utf8")).toBe("nobody\n");
    });

    test.each(accounting ? ["bed"] : [])("accounting remembers a job of account %s", async (account) => {
      const job = await submit(`--account=${account}`, "--wrap=exit 7");
      const remembered = async () => (await bed.run(["sacct", "-XnP", "-j", job, "-o", "state,exitcode,account"])).stdout.trim();
      expect(await eventually("sacct", remembered, (line) => line.startsWith("FAILED"))).toBe(`FAILED|7:0|${account}`);
    });
  },
);

describe.skipIf(slurmMissing() !== null)("two clusters", () => {
  test("do not meet, and leave nothing behind", async () => {
    const [one, other] = await Promise.all([slurmBed({ nodes: 1 }), slurmBed({ nodes: 1 })]);
    await one.run(["sbatch", "--hold", "--wrap=true"]);
    const queues = await Promise.all(
      [one, other].map(
        async (bed) =>
          (await bed.run(["squeue", "--noheader"])).stdout
            .trim()
            .split("\n")
            .filter((line) => line !== "").length,
      ),
    );
    await Promise.all([one.down(), other.down()]);
    expect(queues).toEqual([1, 0]);
    expect([one, other].map((bed) => existsSync(bed.work))).toEqual([false, false]);
  });
});
