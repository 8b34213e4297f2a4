import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addMs, instant, mib, milliseconds, seededRandomness, type Instant } from "#kernel";
import { faded, NOTIONAL_MS, RANK_LEAD_MS_MAX, schedule, SERVED_HALF_LIFE_MS, type PendingJob, type PoolSize, type RunningTask } from "./schedule.ts";

const T0 = instant(1_800_000_000_000);
const MINUTE = 60_000;

function pending(id: string, more: Partial<PendingJob> = {}): PendingJob {
  return { id, person: "maria", cores: 1, memory: mib(1), occupies: milliseconds(10 * MINUTE), queuedAt: T0, tasks: 1, ...more };
}

function busy(cores: number, endsInMs: number, more: Partial<RunningTask> = {}): RunningTask {
  return { person: "james", cores, memory: mib(1), startedAt: T0, endsBy: addMs(T0, milliseconds(endsInMs)), ...more };
}

function decide(facts: { pool?: PoolSize; now?: Instant; running?: RunningTask[]; pending: PendingJob[]; served?: [string, number][]; launchesMax?: number }) {
  return schedule({
    now: facts.now ?? T0,
    pool: facts.pool ?? { cores: 4, memory: mib(1000) },
    running: facts.running ?? [],
    pending: facts.pending,
    served: new Map(facts.served ?? []),
    launchesMax: facts.launchesMax ?? 100,
  });
}

const ids = (result: ReturnType<typeof schedule>) => result.launches.map((launch) => `${launch.id}x${launch.tasks}`);

describe("fair", () => {
  test("who was served least goes first", () => {
    const jobs = [pending("m", { tasks: 9 }), pending("s", { person: "sarah", tasks: 9 })];
    expect(ids(decide({ pool: { cores: 1, memory: mib(9) }, pending: jobs, served: [["maria", 60_000]] }))).toEqual(["sx1"]);
  });

  test("two people who come together with much share the machine from the first round on", () => {
    const jobs = [pending("m", { tasks: 50 }), pending("s", { person: "sarah", tasks: 50 })];
    expect(ids(decide({ pool: { cores: 8, memory: mib(99) }, pending: jobs })).toSorted()).toEqual(["mx4", "sx4"]);
  });

  test("what runs counts as well as what has ended", () => {
    const jobs = [pending("m"), pending("s", { person: "sarah" })];
    expect(ids(decide({ pool: { cores: 2, memory: mib(99) }, running: [busy(1, MINUTE, { person: "maria" })], pending: jobs }))).toEqual(["sx1"]);
  });

  test("between equals the older job comes first", () => {
    const jobs = [pending("new", { queuedAt: addMs(T0, milliseconds(-1000)) }), pending("old", { person: "sarah", queuedAt: addMs(T0, milliseconds(-5000)) })];
    expect(ids(decide({ pool: { cores: 1, memory: mib(9) }, pending: jobs }))).toEqual(["oldx1"]);
  });

  test("use fades by half in an hour", () => {
    expect(faded(1000, SERVED_HALF_LIFE_MS)).toBe(500);
    expect(faded(1000, -5)).toBe(1000);
  });

  test("a job that has waited longer than any use can weigh is first, whoever its owner is", () => {
    // The most a person can have been served: the whole pool, alone, for ever.
    const pool = { cores: 4, memory: mib(1000) };
    const ceiling = (pool.cores * SERVED_HALF_LIFE_MS) / Math.LN2;
    const waited = milliseconds(-RANK_LEAD_MS_MAX - NOTIONAL_MS);
    const jobs = [pending("heavy", { queuedAt: addMs(T0, waited), cores: 4 }), pending("light", { person: "sarah" })];
    expect(ids(decide({ pool, pending: jobs, served: [["maria", ceiling]] }))).toEqual(["heavyx1"]);
  });
});

describe("full", () => {
  test("a job that does not fit keeps its place: only what ends before it can start passes it", () => {
    const running = [busy(3, 30 * MINUTE)];
    const jobs = [
      pending("big", { person: "sarah", cores: 4, queuedAt: addMs(T0, milliseconds(-9000)) }),
      pending("long", { occupies: milliseconds(31 * MINUTE), queuedAt: addMs(T0, milliseconds(-5000)) }),
      pending("short", { occupies: milliseconds(30 * MINUTE), queuedAt: T0 }),
    ];
    const result = decide({ running, pending: jobs });
    expect(ids(result)).toEqual(["shortx1"]);
    expect(result.blocked).toEqual({ id: "big", short: "cores", startsBy: addMs(T0, milliseconds(30 * MINUTE)) });
  });

  test("what the waiting job leaves over may be used for as long as one likes", () => {
    const jobs = [
      pending("big", { person: "sarah", cores: 3, queuedAt: addMs(T0, milliseconds(-9000)) }),
      pending("long", { occupies: milliseconds(999 * MINUTE), tasks: 3 }),
    ];
    expect(ids(decide({ running: [busy(2, 30 * MINUTE)], pending: jobs }))).toEqual(["longx1"]);
  });

  test("memory is counted like cores", () => {
    const result = decide({ running: [busy(1, MINUTE, { memory: mib(600) })], pending: [pending("m", { memory: mib(500) })] });
    expect(result).toEqual({ launches: [], blocked: { id: "m", short: "memory", startsBy: addMs(T0, milliseconds(MINUTE)) } });
  });

  test("a job larger than the machine holds nobody up", () => {
    expect(ids(decide({ pending: [pending("huge", { cores: 5, queuedAt: addMs(T0, milliseconds(-9000)) }), pending("small", { person: "sarah" })] }))).toEqual([
      "smallx1",
    ]);
  });

  test("a round is bounded", () => {
    expect(ids(decide({ pool: { cores: 64, memory: mib(999) }, pending: [pending("m", { tasks: 999 })], launchesMax: 7 }))).toEqual(["mx7"]);
  });
});

describe("whatever is running and wanted", () => {
  const anyJob = fc.record({
    person: fc.constantFrom("maria", "sarah", "james"),
    cores: fc.integer({ min: 1, max: 9 }),
    memory: fc.integer({ min: 1, max: 90 }).map(mib),
    occupies: fc.integer({ min: 1, max: 9 }).map((n) => milliseconds(n * MINUTE)),
    queuedAt: fc.integer({ min: 0, max: 9 }).map((n) => addMs(T0, milliseconds(-n * MINUTE))),
    tasks: fc.integer({ min: 1, max: 5 }),
  });

  test("the pool is never oversubscribed, and no task is launched that is not there", () => {
    fc.assert(
      fc.property(fc.array(anyJob, { maxLength: 12 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 200 }), (jobs, cores, memory) => {
        const all = jobs.map((job, at) => ({ ...job, id: `j${at}` }));
        const { launches } = decide({ pool: { cores, memory: mib(memory) }, pending: all });
        const used = launches.map((launch) => ({ job: all.find((job) => job.id === launch.id)!, tasks: launch.tasks }));
        expect(used.reduce((sum, { job, tasks }) => sum + job.cores * tasks, 0)).toBeLessThanOrEqual(cores);
        expect(used.reduce((sum, { job, tasks }) => sum + job.memory * tasks, 0)).toBeLessThanOrEqual(memory);
        for (const { job, tasks } of used) expect(tasks).toBeLessThanOrEqual(job.tasks);
      }),
    );
  });

  test("nothing that fits is left waiting when nobody is held up", () => {
    fc.assert(
      fc.property(fc.array(anyJob, { maxLength: 12 }), (jobs) => {
        const all = jobs.map((job, at) => ({ ...job, id: `j${at}` }));
        const { launches, blocked } = decide({ pool: { cores: 1000, memory: mib(100_000) }, pending: all });
        expect(blocked).toBeNull();
        expect(launches.reduce((sum, launch) => sum + launch.tasks, 0)).toBe(all.reduce((sum, job) => sum + job.tasks, 0));
      }),
    );
  });
});

test("in a flood of small jobs of others a job for the whole machine starts within its bound, and the machine stays full meanwhile", () => {
  const random = seededRandomness(7);
  const pool = { cores: 8, memory: mib(1000) };
  const step = 10_000;
  let running: (RunningTask & { id: string })[] = [];
  let queue: PendingJob[] = [pending("whole", { person: "maria", cores: 8, occupies: milliseconds(10 * MINUTE) })];
  let startedAt: number | null = null;
  let next = 0;
  for (let ms = 0; startedAt === null; ms += step) {
    const now = addMs(T0, milliseconds(ms));
    running = running.filter((task) => task.endsBy > now);
    while (queue.length < 20)
      queue.push(pending(`s${(next += 1)}`, { person: ["sarah", "james"][next % 2]!, occupies: milliseconds((1 + random.below(20)) * MINUTE), queuedAt: now }));
    const { launches } = decide({ pool, now, running, pending: queue });
    for (const { id } of launches) {
      const job = queue.find((one) => one.id === id)!;
      if (id === "whole") startedAt = ms;
      running.push({ id, person: job.person, cores: job.cores, memory: job.memory, startedAt: now, endsBy: addMs(now, job.occupies) });
    }
    queue = queue.filter((job) => !launches.some((launch) => launch.id === job.id));
    expect(running.reduce((sum, task) => sum + task.cores, 0)).toBeLessThanOrEqual(pool.cores);
    expect(ms).toBeLessThan(RANK_LEAD_MS_MAX + 40 * MINUTE);
  }
  expect(startedAt).not.toBeNull();
});
