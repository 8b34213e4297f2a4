import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadSql, migrationsFolder } from "#db";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { JOB_OUTCOMES, JOB_STATES, type JobOutcome } from "./contract.ts";
import { ARROWS, isFinal, mayRetry, NO_RETRY, stateOfCounts, transition, worstOutcome, type LifeEvent, type RetryRule, type TaskLife } from "./life.ts";

const BORN: TaskLife = { state: "submitted", outcome: null, attempt: 0, attemptsEnded: 0 };

const anyOutcome = fc.constantFrom(...JOB_OUTCOMES);
const anyRule: fc.Arbitrary<RetryRule> = fc.record({ count: fc.integer({ min: 0, max: 3 }), on: fc.subarray(["failed", "timeout", "lost"] as const) });
const anyEvent: fc.Arbitrary<LifeEvent> = fc.oneof(
  fc.record({ kind: fc.constant("hold-granted" as const), mustWait: fc.boolean() }),
  fc
    .constantFrom(
      ...([
        "hold-refused",
        "released-to-queue",
        "dependency-impossible",
        "cancelled-before-start",
        "claimed",
        "process-seen",
        "launch-revoked",
        "all-charged",
      ] as const),
    )
    .map((kind) => ({ kind })),
  anyOutcome.map((outcome) => ({ kind: "attempt-ended" as const, outcome })),
);

function run(events: readonly LifeEvent[], rule: RetryRule): TaskLife[] {
  const lives = [BORN];
  for (const event of events) {
    const next = transition(lives.at(-1)!, event, rule);
    if (next !== null) lives.push(next);
  }
  return lives;
}

describe("whatever happens to a task", () => {
  test("it moves only along the arrows", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), anyRule, (events, rule) => {
        const lives = run(events, rule);
        for (const [at, life] of lives.entries()) if (at > 0) expect(ARROWS[lives[at - 1]!.state]).toContain(life.state);
      }),
    );
  });

  test("it ends at most once, and keeps its outcome for ever", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), anyRule, (events, rule) => {
        const lives = run(events, rule);
        expect(lives.filter((life) => life.state === "ended").length).toBeLessThanOrEqual(1);
        const ended = lives.findIndex((life) => life.outcome !== null);
        if (ended >= 0) expect(new Set(lives.slice(ended).map((life) => life.outcome)).size).toBe(1);
        for (const life of lives) expect(life.outcome !== null).toBe(life.state === "ended" || life.state === "settled");
      }),
    );
  });

  test("it is attempted at most once more often than its rule allows retries", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 120 }), anyRule, (events, rule) => {
        for (const life of run(events, rule)) {
          expect(life.attemptsEnded).toBeLessThanOrEqual(rule.count + 1);
          expect(life.attemptsEnded).toBeLessThanOrEqual(life.attempt);
        }
      }),
    );
  });

  test("an event that does not fit changes nothing, however often it comes", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), anyEvent, anyRule, (events, event, rule) => {
        const life = run(events, rule).at(-1)!;
        const next = transition(life, event, rule);
        if (next === null || event.kind === "attempt-ended" || event.kind === "claimed") return;
        expect(transition(next, event, rule)).toBeNull();
      }),
    );
  });

  test("what is over stays over", () => {
    fc.assert(
      fc.property(fc.constantFrom("refused" as const, "settled" as const), anyEvent, anyRule, (state, event, rule) => {
        const outcome = state === "settled" ? "completed" : null;
        expect(transition({ ...BORN, state, outcome }, event, rule)).toBeNull();
      }),
    );
  });
});

test("memory that ran out, a cancel and a dependency are never tried again", () => {
  const rule: RetryRule = { count: 9, on: ["failed", "timeout", "lost"] };
  expect(JOB_OUTCOMES.filter((outcome) => mayRetry(outcome, 1, rule))).toEqual(["failed", "timeout", "lost"]);
  expect(mayRetry("failed", 1, NO_RETRY)).toBe(false);
  expect(mayRetry("failed", 9, rule)).toBe(true);
  expect(mayRetry("failed", 10, rule)).toBe(false);
});

test("the journal's check in SQL knows the same arrows", () => {
  const migration = readFileSync(join(migrationsFolder, "000003-job.sql"), "utf8");
  const check = migration.slice(migration.indexOf("job_event_is_an_arrow"), migration.indexOf("create index job_event_of_job"));
  const known = [...check.matchAll(/when '(\w*)' then to_state (?:= '(\w+)'|in \(([^)]*)\))/g)].map((match) => [
    match[1],
    (match[2] ?? match[3]!.replaceAll("'", "")).split(/,\s*/),
  ]);
  const expected = [["", ["submitted"]], ...JOB_STATES.filter((state) => ARROWS[state].length > 0).map((state) => [state, ARROWS[state]])];
  expect(Object.fromEntries(known as [string, string[]][])).toEqual(Object.fromEntries(expected as [string, string[]][]));
  expect(loadSql("job", "claim")).toContain("state = 'starting'");
});

test("an array shows what is going on in it", () => {
  const none = { waiting: 0, queued: 0, starting: 0, running: 0, ended: 0, settled: 0 };
  expect(stateOfCounts({ ...none, running: 1, queued: 5, settled: 3 })).toBe("running");
  expect(stateOfCounts({ ...none, starting: 1, queued: 5 })).toBe("starting");
  expect(stateOfCounts({ ...none, queued: 1, waiting: 9, settled: 3 })).toBe("queued");
  expect(stateOfCounts({ ...none, waiting: 1, ended: 2 })).toBe("waiting");
  expect(stateOfCounts({ ...none, ended: 1, settled: 9 })).toBe("ended");
  expect(stateOfCounts({ ...none, settled: 9 })).toBe("settled");
  expect(["ended", "settled", "refused"].every((state) => isFinal(state as TaskLife["state"]))).toBe(true);
});

test("an array is as good as its worst task", () => {
  const worst = (...outcomes: JobOutcome[]) => worstOutcome(outcomes);
  expect(worst("completed", "completed")).toBe("completed");
  expect(worst("completed", "cancelled")).toBe("cancelled");
  expect(worst("failed", "timeout", "completed")).toBe("failed");
  expect(worst("lost", "failed")).toBe("lost");
  expect(worst()).toBeNull();
});
