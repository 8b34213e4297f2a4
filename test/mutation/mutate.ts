/**
 * `npm run mutate`: changes the rules of the ledger one place at a time, and counts how many of the changes the tests notice. Ends with 1 when fewer than nine of ten are.
 *   npm run mutate -- src/budget/decide-hold.ts     only these files
 */
import { Stryker } from "@stryker-mutator/core";
import { MUTATED, SCORE_MIN } from "./mutated.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);
const files = process.argv.slice(2);
const stryker = new Stryker({
  mutate: files.length > 0 ? files : [...MUTATED],
  testRunner: "vitest",
  vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
  coverageAnalysis: "perTest",
  ignorePatterns: ["web", "dist", "docs", "changelog", "apps", "test/end-to-end", "test/performance"],
  tempDirName: "node_modules/.cache/mutation",
  concurrency: 2,
  reporters: ["clear-text"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
  thresholds: { high: 95, low: SCORE_MIN, break: null },
  allowConsoleColors: false,
  logLevel: "warn" as never,
  disableTypeChecks: false,
});
const results = await stryker.runMutationTest();
const judged = results.filter(({ status }) => (status !== "Ignored" && status !== "NoCoverage" ? true : status === "NoCoverage"));
const killed = judged.filter(({ status }) => status === "Killed" || status === "Timeout" || status === "RuntimeError");
const score = Math.floor((killed.length / judged.length) * 1000) / 10;
say(`mutants: ${judged.length}`);
say(`mutants_killed: ${killed.length}`);
say(`mutation_score: ${score.toFixed(1)}`);
process.exitCode = score >= SCORE_MIN ? 0 : 1;
