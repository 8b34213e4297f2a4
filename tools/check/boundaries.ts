import { runProgram } from "../lib/program.ts";
import { CODE_FOLDERS, filesIn, moduleFile, ROOT, words, type Check } from "./check.ts";

type Cruise = {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[];
    readonly totalDependenciesCruised: number;
  };
};

const CODE = /\.(ts|tsx|js|mjs)$/;

/**
 * Who imports whom. The cruiser reads TypeScript by the old compiler's interface; where that is missing it sees no module at all and
 * says that all is well. So every source file has to be among those it saw.
 */
export const boundaries: Check = {
  name: "boundaries",
  async run() {
    const cruiser = moduleFile("dependency-cruiser/bin/dependency-cruiser.mjs");
    const ended = await runProgram([process.execPath, cruiser, ...CODE_FOLDERS, "--config", ".dependency-cruiser.mjs", "--output-type", "json"], {
      cwd: ROOT,
      timeoutMs: 300_000,
    });
    if (!ended.stdout.startsWith("{")) return { ok: false, note: "could not be run", findings: words(ended) };
    const { modules, summary } = JSON.parse(ended.stdout) as Cruise;
    const seen = new Set(modules.map((module) => module.source));
    const unseen = filesIn(CODE_FOLDERS).filter((file) => CODE.test(file) && !file.endsWith(".d.ts") && !seen.has(file));
    const broken = summary.violations.map(({ from, to, rule }) => (from === to ? `${rule.name}: ${from}` : `${rule.name}: ${from} imports ${to}`));
    const findings = [...broken.toSorted(), ...unseen.map((file) => `not seen by the cruiser: ${file}`)];
    return {
      ok: findings.length === 0,
      note: `${seen.size} modules, ${summary.totalDependenciesCruised} imports, rules in .dependency-cruiser.mjs`,
      findings: findings.join("\n"),
    };
  },
};
