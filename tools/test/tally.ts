/** What one run of the tests came to. Pure: vitest's results in, counts and words out. */

export type TestResult = { readonly name: string; readonly state: "passed" | "failed" | "skipped" | "pending"; readonly why?: string };

export type RunResult = {
  readonly tests: readonly TestResult[];
  /** Files and suites that could not be loaded or set up, and errors that no test caught: one entry each. */
  readonly faults: readonly string[];
};

export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number };

/**
 * A test that never ran because its file was cut short is a failure, not a silence. Where everything can be had (`strict`, in CI)
 * a skipped test is a failure too.
 */
export function tally({ tests, faults }: RunResult, strict: boolean): Tally {
  const count = (state: TestResult["state"]) => tests.filter((test) => test.state === state).length;
  const skipped = count("skipped");
  return { passed: count("passed"), failed: count("failed") + count("pending") + faults.length + (strict ? skipped : 0), skipped: strict ? 0 : skipped };
}

/** The last line of every run. Programs read it: its form never changes. */
export function lastLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

/** 0 only when something ran and nothing failed. */
export function exitCode({ passed, failed }: Tally): 0 | 1 {
  return failed === 0 && passed > 0 ? 0 : 1;
}
