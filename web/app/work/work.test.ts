import { describe, expect, test } from "vitest";
import { JOB_OUTCOMES, JOB_STATES } from "#job/contract";
import { instant, microsToDecimal, milliseconds, parseInstant } from "#kernel";
import { costSoFar } from "./cost-so-far.ts";
import { elapsedOf } from "./elapsed.ts";
import { isFiltered, readFilter } from "./filter.ts";
import { whyNotMine } from "./job-rights.ts";
import { markOf, SHELF_STATES } from "./mark.ts";
import { titleOf } from "./title.ts";
import { keepTail } from "./use-log-text.ts";

describe("the mark of a job", () => {
  test("every state stands on exactly one shelf", () => {
    const shelved = Object.values(SHELF_STATES).flat();
    expect(shelved.toSorted()).toEqual(JOB_STATES.toSorted());
  });
  test("every outcome has a word of its own", () => {
    const words = JOB_OUTCOMES.map((outcome) => markOf({ state: "settled", outcome }).word);
    expect(new Set(words).size).toBe(JOB_OUTCOMES.length);
  });
  test("an outcome counts only once the job has ended: a task that is tried again is running", () => {
    expect(markOf({ state: "running", outcome: "failed" }).word).toBe("Running");
  });
});

describe("the filter of the address", () => {
  test("takes names and leaves the rest", () => {
    expect(readFilter({ project: "climate", person: "", outcome: 3, app: "x".repeat(64), then: "/" })).toStrictEqual({
      project: "climate",
      person: undefined,
      app: undefined,
      outcome: undefined,
    });
  });
  test("knows when it is empty", () => {
    expect([isFiltered({}), isFiltered({ person: "maria" })]).toEqual([false, true]);
  });
});

describe("what a job is called", () => {
  test.each([
    [
      { app: "lammps", case: "lj-melt", name: "lammps/lj-melt" },
      { main: "lj-melt", aside: "lammps" },
    ],
    [
      { app: "lammps", case: "lj-melt", name: "melt at 3 GPa" },
      { main: "melt at 3 GPa", aside: "lammps/lj-melt" },
    ],
    [
      { app: "lammps", case: null, name: "lammps" },
      { main: "lammps", aside: null },
    ],
    [
      { app: null, case: null, name: "sort the data" },
      { main: "sort the data", aside: null },
    ],
  ])("%o", (job, title) => {
    expect(titleOf(job)).toEqual(title);
  });
});

describe("how long a job has run", () => {
  const started = "2026-11-21T12:00:00Z";
  const now = instant((parseInstant(started) ?? 0) + 95_000);
  test("is counted while it runs", () => {
    expect(elapsedOf({ state: "running", started_at: started, ended_at: null, elapsed_ms: 3000 }, now)).toBe(95_000);
  });
  test("is what was measured afterwards", () => {
    expect(elapsedOf({ state: "settled", started_at: started, ended_at: started, elapsed_ms: 3086 }, now)).toBe(3086);
  });
  test("is nothing before it began", () => {
    expect(elapsedOf({ state: "queued", started_at: null, ended_at: null, elapsed_ms: null }, now)).toBeNull();
  });
});

test("the cost so far is the settlement's multiplication: 2 cores x 3.086 s x $0.042 an hour", () => {
  const formula = [
    {
      resource: "core" as const,
      count: 2,
      spans: [{ name: "time limit", ms: 180_000 }],
      times: 1,
      rate: "0.042",
      free: null,
      source: "lab",
      dated: null,
      rounding: "up" as const,
      amount: "0.0042",
    },
  ];
  expect(microsToDecimal(costSoFar(formula, milliseconds(3086)))).toBe("0.000072");
});

describe("who can cancel a job", () => {
  const session = (name: string, admin: boolean, role?: "member" | "manager") => ({
    person: { name, display_name: name, email: null, admin, active: true, created_at: "2026-11-21T12:00:00Z" },
    memberships: role === undefined ? [] : [{ account: "climate", role }],
    signed_in_with: "session" as const,
    acting_for: false,
    ends_at: null,
  });
  const job = { person: "sarah", project: "climate" };
  test.each([
    ["her own", session("sarah", false, "member"), true],
    ["an administrator", session("james", true), true],
    ["a manager", session("ada", false, "manager"), true],
    ["another member", session("maria", false, "member"), false],
  ])("%s", (_who, who, can) => {
    expect(whyNotMine(job, who) === null).toBe(can);
  });
});

describe("a long log", () => {
  test("is cut at the start of a line", () => {
    const line = `${"x".repeat(99)}\n`;
    const [text, cut] = keepTail(line.repeat(6000), false);
    expect(cut).toBe(true);
    expect(text.length).toBeLessThan(300_000);
    expect(text.startsWith("x".repeat(99))).toBe(true);
  });
  test("that is not long is kept whole", () => {
    expect(keepTail("a\nb\n", false)).toEqual(["a\nb\n", false]);
  });
});
