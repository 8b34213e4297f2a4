import { describe, expect, test } from "vitest";
import { addMs, instant, mib, micros, milliseconds } from "#kernel";
import { explainJob, type WhyFacts } from "./why.ts";

const NOW = instant(1_800_000_000_000);
const at = (minutes: number) => addMs(NOW, milliseconds(minutes * 60_000));

const JOB: WhyFacts["job"] = {
  id: "j1",
  number: "1841",
  label: "1841 gchp/c180",
  person: "sarah",
  project: "climate",
  state: "queued",
  outcome: null,
  reason: null,
  cores: 4,
  memory: mib(1024),
  toReserve: null,
  short: false,
  reserved: micros(58_100_000n),
  unit: "USD",
  throttle: null,
  queued: 1,
  waiting: 0,
  active: 0,
};

function why(more: Partial<Omit<WhyFacts, "job">> & { job?: Partial<WhyFacts["job"]> }) {
  const job = { ...JOB, ...more.job };
  const own = { id: job.id, person: job.person, cores: job.cores, memory: job.memory, occupies: milliseconds(600_000), queuedAt: NOW, tasks: 1 };
  return explainJob({
    now: NOW,
    dependencies: [],
    pool: { cores: 8, memory: mib(8192), beatAt: NOW },
    running: [],
    pending: [own],
    served: new Map(),
    ...more,
    job,
  });
}

const busy = (cores: number, minutes: number, memory = 1) => ({ person: "maria", cores, memory: mib(memory), startedAt: NOW, endsBy: at(minutes) });
const reasons = (answer: ReturnType<typeof why>) => answer.waits.filter((wait) => !wait.ok).map((wait) => `${wait.kind}: ${wait.words}`);

describe("why a job waits", () => {
  test("its budget is said not to be the reason, with what is reserved", () => {
    expect(why({}).waits).toEqual([{ kind: "budget", words: "no: $58.10 is reserved", ok: true }]);
    expect(why({}).headline).toBe("1841 gchp/c180 (sarah, climate) waits for nothing: it starts at once");
  });

  test("for cores, with the moment at which it starts at the latest", () => {
    const answer = why({ running: [busy(6, 30)] });
    expect(answer.headline).toBe("1841 gchp/c180 (sarah, climate) waits for 1 thing");
    expect(reasons(answer)).toEqual(["cores: 4 cores: 6 of 8 are busy"]);
    expect(answer.startsBy).toBe(at(30));
  });

  test("for memory", () => {
    expect(reasons(why({ running: [busy(1, 30, 8000)] }))).toEqual(["memory: 1 GiB: 8000 of 8192 MiB are taken"]);
  });

  test("for its turn, behind others, and the look ahead counts them", () => {
    const own = { id: "j1", person: "sarah", cores: 4, memory: mib(1024), occupies: milliseconds(3_600_000), queuedAt: NOW, tasks: 1 };
    const other = { ...own, id: "other", person: "james", cores: 8, occupies: milliseconds(600_000), queuedAt: at(-20) };
    const answer = why({ running: [busy(1, 30)], pending: [own, other] });
    expect(reasons(answer)).toEqual(["turn: its turn: 1 other job of 1 person in the queue, 1 of 8 cores busy"]);
    expect(answer.startsBy).toBe(at(40));
  });

  test("for dependencies, each with its own state", () => {
    const dependencies = [
      { kind: "afterok", number: "1822", state: "open" as const, word: "running" },
      { kind: "afterany", number: "1800", state: "met" as const, word: "failed" },
    ];
    const answer = why({ job: { state: "waiting", queued: 0, waiting: 1 }, dependencies });
    expect(reasons(answer)).toEqual(["dependency: job 1822 (afterok): running"]);
    expect(answer.startsBy).toBeNull();
  });

  test("for the throttle of its own array", () => {
    expect(reasons(why({ job: { state: "waiting", queued: 0, waiting: 7, active: 3, throttle: 3 } }))).toEqual(["throttle: its own limit: 3 of 3 tasks run"]);
  });

  test("for a worker that is silent or has never been", () => {
    expect(reasons(why({ pool: { cores: 8, memory: mib(8192), beatAt: at(-5) } }))).toEqual([
      "worker: the worker has been silent for 5 min; headgate doctor says more",
    ]);
    expect(reasons(why({ pool: null }))).toEqual(["worker: no worker has run yet; headgate server starts one"]);
  });

  test("for more than the machine has", () => {
    expect(reasons(why({ job: { cores: 9 }, pending: [] }))).toEqual(["cores: this machine has 8 cores and 8 GiB for jobs; it asks for more"]);
  });
});

test.each([
  ["submitted", {}, "1841 gchp/c180 was taken down and its money is being reserved"],
  ["refused", { reason: "materials can commit $41.20 now" }, "1841 gchp/c180 was refused: materials can commit $41.20 now"],
  ["starting", {}, "1841 gchp/c180 is being started"],
  ["settled", { outcome: "failed", reason: "exit code 3" }, "1841 gchp/c180 ended: failed (exit code 3)"],
] as const)("a job that is %s says so", (state, more, headline) => expect(why({ job: { state, ...more } }).headline).toBe(headline));

test("an array that runs says how many of its tasks still wait", () => {
  expect(why({ job: { state: "running", queued: 2, waiting: 3, active: 3, throttle: 3 } }).headline).toBe("1841 gchp/c180 is running; 5 tasks of it wait");
  expect(why({ job: { state: "running", queued: 0 } }).headline).toBe("1841 gchp/c180 is running");
});
