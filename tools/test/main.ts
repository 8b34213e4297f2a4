/** What `npm test` does once it runs under Node 24: installs the real parts that the tests need, runs vitest, and says the counts. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesIn, moduleFile } from "../check/check.ts";
import { cannotInstall, installPackages, missingPackages } from "./debian.ts";
import { partsFor, type Part } from "./parts.ts";
import { RESULT_VARIABLE } from "./reporter.ts";
import { exitCode, lastLine, tally, type RunResult } from "./tally.ts";
import { ROOT } from "../lib/dependencies.mjs";

const LOG = join(ROOT, ".headgate", "test-packages.log");

/** In CI everything can be had, so a skipped test is a failure. */
const STRICT = process.env["CI"] === "true" || process.env["CI"] === "1";

/** At most so many names of skipped tests are listed. */
const LISTED_MAX = 20;

/** vitest's own rule: a test file is meant when its path contains one of the words. */
function selectedFiles(args: readonly string[]): string[] {
  const words = args.filter((arg) => !arg.startsWith("-")).map((word) => word.replace(/^\.\//, ""));
  const all = filesIn(["src", "web", "test", "tools"]).filter((file) => /\.test\.tsx?$/.test(file));
  const selected = all.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
  // A word may also be the value of a flag: then nothing matches and everything may be needed.
  return selected.length === 0 ? all : selected;
}

/** A part that cannot even be asked about is one that is missing; the tests then say what is wrong. */
const whyMissing = (part: Part) => part.missing().catch((error: unknown) => String(error));

async function installParts(parts: readonly Part[]): Promise<void> {
  const absent: Part[] = [];
  for (const part of parts) if ((await whyMissing(part)) !== null) absent.push(part);
  if (absent.length === 0) return;
  const impossible = cannotInstall();
  if (impossible === null) await install(absent);
  for (const part of absent) {
    const why = await whyMissing(part);
    if (why !== null) console.error(`without ${part.name}: ${why}${impossible === null ? "" : `; it is not installed here because ${impossible}`}`);
  }
}

async function install(parts: readonly Part[]): Promise<void> {
  const names = parts.map((part) => part.name).join(", ");
  const begun = performance.now();
  try {
    const packages = await missingPackages((await Promise.all(parts.map((part) => part.packages()))).flat());
    console.error(`installing ${names}: ${packages.length} packages (log: ${LOG})`);
    await installPackages(packages, { log: LOG });
    console.error(`installed ${names} in ${Math.round((performance.now() - begun) / 1000)} s`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
  }
}

/** Runs vitest to its end; the result is null when it died before it could say one. */
async function runVitest(args: readonly string[]): Promise<RunResult | null> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-result-"));
  const path = join(folder, "result.json");
  const reporters = ["--reporter=default", `--reporter=${join(ROOT, "tools", "test", "reporter.ts")}`];
  const child = spawn(process.execPath, [moduleFile("vitest/vitest.mjs"), "run", ...reporters, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, [RESULT_VARIABLE]: path },
  });
  // Ctrl-C reaches vitest as well, which ends its workers and servers; we wait for it.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  await new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
  try {
    return JSON.parse(readFileSync(path, "utf8")) as RunResult;
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function explain(result: RunResult): void {
  for (const fault of result.faults) console.log(`failed: ${fault}`);
  for (const test of result.tests.filter((one) => one.state === "pending")) console.log(`failed: ${test.name}: it never ran`);
  const skipped = result.tests.filter((one) => one.state === "skipped");
  for (const test of skipped.slice(0, LISTED_MAX))
    console.log(`${STRICT ? "failed, because it was skipped in CI" : "skipped"}: ${test.name}${test.why === undefined ? "" : ` (${test.why})`}`);
  if (skipped.length > LISTED_MAX) console.log(`and ${skipped.length - LISTED_MAX} more`);
}

const args = process.argv.slice(2);
mkdirSync(join(ROOT, ".headgate"), { recursive: true });
await installParts(partsFor(selectedFiles(args)));
const result = (await runVitest(args)) ?? { tests: [], faults: ["vitest ended before it could say a result"] };
explain(result);
const counts = tally(result, STRICT);
if (counts.passed + counts.failed + counts.skipped === 0) console.log("failed: no test ran");
console.log(lastLine(counts));
process.exitCode = exitCode(counts);
