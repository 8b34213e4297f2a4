import { join } from "node:path";
import { runProgram } from "../lib/program.ts";
import { CODE_FOLDERS, filesIn, moduleFile, words, type Check } from "./check.ts";
import { ROOT } from "../lib/dependencies.mjs";

type Cruise = {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[];
    readonly totalDependenciesCruised: number;
  };
};

const CODE = /\.(ts|tsx|js|mjs)$/;

/** Follows every import of the folders below `root` under the rules of .dependency-cruiser.mjs. */
export async function cruise(root: string, folders: readonly string[]): Promise<Cruise> {
  const cruiser = moduleFile("dependency-cruiser/bin/dependency-cruiser.mjs");
  const rules = join(ROOT, ".dependency-cruiser.mjs");
  const ended = await runProgram([process.execPath, cruiser, ...folders, "--config", rules, "--output-type", "json"], { cwd: root, timeoutMs: 300_000 });
  if (!ended.stdout.startsWith("{")) throw new Error(words(ended));
  return JSON.parse(ended.stdout) as Cruise;
}

/** One line for each import that a rule forbids. */
export function brokenRules({ summary }: Cruise): string[] {
  return summary.violations.map(({ from, to, rule }) => (from === to ? `${rule.name}: ${from}` : `${rule.name}: ${from} imports ${to}`)).toSorted();
}

/**
 * Who imports whom. The cruiser reads TypeScript by the old compiler's interface; where that is missing it sees no module at all and
 * says that all is well. So every source file has to be among those it saw.
 */
export const boundaries: Check = {
  name: "boundaries",
  async run() {
    const found = await cruise(ROOT, CODE_FOLDERS);
    const seen = new Set(found.modules.map((module) => module.source));
    const unseen = filesIn(CODE_FOLDERS).filter((file) => CODE.test(file) && !file.endsWith(".d.ts") && !seen.has(file));
    const findings = [...brokenRules(found), ...unseen.map((file) => `not seen by the cruiser: ${file}`)];
    const note = `${seen.size} modules, ${found.summary.totalDependenciesCruised} imports, rules in .dependency-cruiser.mjs`;
    return { ok: findings.length === 0, note, findings: findings.join("\n") };
  },
};
