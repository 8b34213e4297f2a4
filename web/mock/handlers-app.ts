import type { AppDetail, appRoutes, AppSummary } from "#app/contract";
import { Problem, type Handlers } from "#kernel";
import { CODES, type MockCode } from "./seed.ts";

const WORDS: Readonly<Record<string, readonly [string, string]>> = {
  "quantum-espresso": ["Quantum ESPRESSO", "Electronic structure of materials with plane waves and pseudopotentials."],
  "lammps": ["LAMMPS", "Classical molecular dynamics."],
  "nwchem": ["NWChem", "Quantum chemistry of molecules."],
  "gromacs": ["GROMACS", "Molecular dynamics of biomolecules."],
  "cp2k": ["CP2K", "Atomistic simulation of solids, liquids and molecules."],
};

/** Not installed on the mock's workstation, so that this too can be seen. */
const MISSING_APP = "cp2k";

function codesOf(name: string): readonly MockCode[] {
  return CODES.filter((code) => code.app === name);
}

function missingOf(name: string): AppSummary["missing"] {
  return name === MISSING_APP ? [{ kind: "program", name: "cp2k.psmp", packages: ["cp2k"] }] : [];
}

function summaryOf(name: string): AppSummary {
  const [displayName, description] = WORDS[name] ?? [name, name];
  const cases = codesOf(name).map((code) => ({ name: code.case, description: `${code.case} on ${code.cores} cores` }));
  const missing = missingOf(name);
  return {
    name,
    display_name: displayName,
    version: "1.0.0",
    description,
    license: "GPL-2.0-or-later",
    tags: ["physics"],
    cases,
    origin: "catalogue",
    ready: missing.length === 0,
    missing,
    fault: null,
  };
}

function parametersOf(code: MockCode): AppDetail["parameters"] {
  return Object.entries(code.parameters).map(([name, value]) => {
    const isNumber = typeof value === "number";
    return {
      name,
      type: isNumber ? ("integer" as const) : ("choice" as const),
      description: isNumber ? `The ${name} of the calculation.` : `Which ${name}.`,
      unit: name === "ecutwfc" ? "Ry" : null,
      min: isNumber ? 1 : null,
      max: isNumber ? 1_000_000 : null,
      choices: isNumber ? null : [String(value), "cc-pvdz"],
      default: isNumber ? value : String(value),
    };
  });
}

function detailOf(name: string): AppDetail {
  const codes = codesOf(name);
  const [first] = codes;
  if (first === undefined) throw new Problem("app.not-found", { detail: `There is no app "${name}".` });
  const { cases: _cases, fault: _fault, ...summary } = summaryOf(name);
  return {
    ...summary,
    homepage: null,
    documentation: null,
    code_version: null,
    code_version_minimum: null,
    parallelism: "mpi",
    cores: first.cores,
    cores_max: 64,
    memory_mib: first.memoryMib,
    time_limit_s: first.limitS,
    parameters: parametersOf(first),
    results: first.checks.map((check) => ({ name: check.name, kind: "value", description: null, unit: check.unit })),
    cases: codes.map((code) => ({
      name: code.case,
      description: `${code.case} on ${code.cores} cores`,
      parameters: code.parameters as AppDetail["cases"][number]["parameters"],
      cores: code.cores,
      memory_mib: code.memoryMib,
      time_limit_s: code.limitS,
      model_s: code.ranMs / 1000,
      ready: summary.ready,
      missing: summary.missing,
      recorded: [],
    })),
    run_time_basis: null,
  };
}

export function appHandlers(): Handlers<typeof appRoutes> {
  return {
    list: async () => ({ items: Object.keys(WORDS).map(summaryOf), next: null }),
    show: async ({ params }) => detailOf(params.name),
  };
}
