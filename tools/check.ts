/**
 * npm run check: everything about the repository that a program can judge, in well under a minute. All checks run even when one
 * fails; each is printed with its time as it ends.
 *
 * `npm run check -- lint tidy` runs only those named.
 */
import { boundaries } from "./check/boundaries.ts";
import type { Check, Verdict } from "./check/check.ts";
import { deadCode } from "./check/dead-code.ts";
import { format } from "./check/format.ts";
import { generatedFiles } from "./check/generated-files.ts";
import { lint } from "./check/lint.ts";
import { tidy } from "./check/tidy.ts";
import { types } from "./check/types.ts";

const CHECKS: readonly Check[] = [types, lint, boundaries, deadCode, generatedFiles, format, tidy];

/** More at once would only make each slower on a small machine. */
const AT_ONCE_MAX = 2;

async function judge(check: Check): Promise<boolean> {
  const begun = performance.now();
  const verdict = await check.run().catch((error: unknown): Verdict => ({
    ok: false,
    note: "could not be run",
    findings: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }));
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${check.name.padEnd(12)} ${verdict.ok ? "ok    " : "FAILED"} ${seconds.padStart(6)} s   ${verdict.note}`);
  if (verdict.findings !== "") console.log(verdict.findings.trimEnd().replaceAll(/^/gm, "    "));
  return verdict.ok;
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !CHECKS.some((check) => check.name === name));
  if (unknown.length > 0) {
    console.error(`no check is called ${unknown.join(", ")}; there are ${CHECKS.map((check) => check.name).join(", ")}`);
    return 2;
  }
  const begun = performance.now();
  const waiting = CHECKS.filter((check) => names.length === 0 || names.includes(check.name));
  const count = waiting.length;
  let passed = 0;
  async function work(): Promise<void> {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      if (await judge(check)) passed += 1;
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE_MAX }, work));
  console.log(`${passed} of ${count} checks passed in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return passed === count ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
