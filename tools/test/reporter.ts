import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";
import type { RunResult, TestResult } from "./tally.ts";

/** Names the file in which the reporter leaves its result for the program that started vitest. */
export const RESULT_VARIABLE = "HEADGATE_TEST_RESULT";

const place = (module: TestModule) => relative(process.cwd(), module.moduleId);

function testResult(test: TestCase): TestResult {
  const result = test.result();
  const name = `${place(test.module)} > ${test.fullName}`;
  return result.state === "skipped" && result.note !== undefined ? { name, state: result.state, why: result.note } : { name, state: result.state };
}

/** A module or suite is at fault when it has errors of its own: it did not load, or its set-up or tear-down failed. */
function suiteFaults(suite: TestModule | TestSuite): string[] {
  const name = suite.type === "module" ? place(suite) : `${place(suite.module)} > ${suite.fullName}`;
  const own = suite.errors().map((error) => `${name}: ${error.message}`);
  // A file without tests has no errors but did not pass either.
  const empty = suite.type === "module" && suite.state() === "failed" && own.length === 0 && [...suite.children.allTests()].length === 0;
  return empty ? [`${name}: no tests`] : own;
}

/** Leaves the result of a run as JSON; what a person reads is printed by vitest's own reporter. */
export default class ResultReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message: string }[]): void {
    const path = process.env[RESULT_VARIABLE];
    if (path === undefined) throw new Error(`${RESULT_VARIABLE} is not set`);
    const result: RunResult = {
      tests: modules.flatMap((module) => [...module.children.allTests()].map(testResult)),
      faults: [
        ...modules.flatMap((module) => [...suiteFaults(module), ...[...module.children.allSuites()].flatMap(suiteFaults)]),
        ...unhandled.map((error) => `no test caught: ${error.message}`),
      ],
    };
    writeFileSync(path, JSON.stringify(result));
  }
}
