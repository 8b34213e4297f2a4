import { runProgram } from "../lib/program.ts";
import { CODE_FOLDERS, moduleFile, words, type Check } from "./check.ts";
import { ROOT } from "../lib/dependencies.mjs";

/** The rules stand in .oxlintrc.json; those that need types are on. A comment that switches off nothing is a fault too. */
export const lint: Check = {
  name: "lint",
  async run() {
    const flags = ["--type-aware", "--report-unused-disable-directives-severity=error", "--deny-warnings", "--format=unix"];
    const ended = await runProgram([process.execPath, moduleFile("oxlint/bin/oxlint"), ...flags, ...CODE_FOLDERS], { cwd: ROOT, timeoutMs: 300_000 });
    const findings = ended.stdout
      .split("\n")
      .filter((line) => /^\S+:\d+:\d+: /.test(line))
      .toSorted();
    if (ended.code === 0) return { ok: true, note: ".oxlintrc.json", findings: "" };
    return { ok: false, note: `${findings.length} places`, findings: findings.length === 0 ? words(ended) : findings.join("\n") };
  },
};
