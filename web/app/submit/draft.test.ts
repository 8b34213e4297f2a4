import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { AppDetail, AppParameter } from "#app/contract";
import { defaultText, emptyDraft, faultsOf, jobFileOf, terminalLine, withChange, type Draft } from "./draft.ts";
import { matchesWords } from "./matches-words.ts";

function parameter(name: string, type: AppParameter["type"], more: Partial<AppParameter> = {}): AppParameter {
  return { name, type, description: "", unit: null, min: null, max: null, choices: null, default: null, ...more };
}

const APP: AppDetail = {
  name: "quantum-espresso",
  display_name: "Quantum ESPRESSO",
  version: "1.0.0",
  description: "",
  license: "",
  homepage: null,
  documentation: null,
  tags: [],
  origin: "catalogue",
  ready: true,
  missing: [],
  code_version: null,
  code_version_minimum: null,
  parallelism: "mpi",
  cores: 2,
  cores_max: 8,
  memory_mib: 1024,
  time_limit_s: 300,
  results: [],
  run_time_basis: null,
  parameters: [
    parameter("ecutwfc", "number", { unit: "Ry", min: 5, max: 200, default: 18 }),
    parameter("k", "integer", { default: 4 }),
    parameter("smearing", "choice", { choices: ["cold", "gauss"], default: "cold" }),
    parameter("spin", "boolean", { default: false }),
    parameter("label", "text", { default: "" }),
    parameter("wall", "duration", { default: 60, max: 3600 }),
  ],
  cases: [
    {
      name: "silicon-scf",
      description: "",
      parameters: { ecutwfc: 18 },
      cores: 2,
      memory_mib: 1024,
      time_limit_s: 180,
      model_s: null,
      ready: true,
      missing: [],
      recorded: [],
    },
    {
      name: "diamond-scf",
      description: "",
      parameters: { ecutwfc: 40 },
      cores: 2,
      memory_mib: 1024,
      time_limit_s: 300,
      model_s: null,
      ready: true,
      missing: [],
      recorded: [],
    },
  ],
};

const DRAFT: Draft = emptyDraft(APP, undefined, "materials");
const given = (parameters: Record<string, string>): Draft => ({ ...DRAFT, parameters });

describe("a new draft", () => {
  test("is of the case asked for, else of the first", () => {
    expect([emptyDraft(APP, "diamond-scf", "").case, emptyDraft(APP, "gone", "").case, emptyDraft({ ...APP, cases: [] }, undefined, "").case]).toEqual([
      "diamond-scf",
      "silicon-scf",
      null,
    ]);
  });
  test("shows each parameter as the case has it", () => {
    const [ecutwfc] = APP.parameters;
    expect(ecutwfc && defaultText(APP, { ...DRAFT, case: "diamond-scf" }, ecutwfc)).toBe("40");
  });
  test("has no fault", () => {
    expect(faultsOf(APP, DRAFT)).toEqual({});
  });
});

describe("faults are seen before the server is asked", () => {
  test.each([
    [{ ...DRAFT, project: "" }, "project", "Choose the project that pays"],
    [{ ...DRAFT, cores: "1.5" }, "resources.cores", "A whole number, at least 1"],
    [{ ...DRAFT, cores: "9" }, "resources.cores", "Quantum ESPRESSO has no use for more than 8"],
    [{ ...DRAFT, timeLimit: "soon" }, "time_limit", "Write 90s, 15m, 2h, 1h30m or 1-12:00:00"],
    [{ ...DRAFT, timeLimit: "UNLIMITED" }, "time_limit", "Write 90s, 15m, 2h, 1h30m or 1-12:00:00"],
    [given({ ecutwfc: "4" }), "parameters.ecutwfc", "At least 5 Ry"],
    [given({ ecutwfc: "201" }), "parameters.ecutwfc", "At most 200 Ry"],
    [given({ ecutwfc: "1e" }), "parameters.ecutwfc", "A number"],
    [given({ k: "4.5" }), "parameters.k", "A whole number"],
    [given({ smearing: "warm" }), "parameters.smearing", "One of the choices"],
    [given({ wall: "2h" }), "parameters.wall", "At most 3600"],
  ] as const)("%#", (draft, path, words) => {
    expect(faultsOf(APP, draft)).toEqual({ [path]: words });
  });
  test("a parameter without a default has to be given", () => {
    expect(faultsOf({ ...APP, parameters: [parameter("input", "file")] }, DRAFT)).toEqual({ "parameters.input": "Has no default: give a value" });
  });
});

describe("the job file of a draft", () => {
  test("says no more than was chosen", () => {
    expect(jobFileOf(APP, DRAFT)).toBe("app: quantum-espresso\ncase: silicon-scf\nproject: materials\n");
  });
  test("is read back as it was meant, whatever was typed", () => {
    const draft: Draft = {
      ...given({ ecutwfc: "24", smearing: "gauss", spin: "true", label: "yes: #1 'quoted' \"twice\"" }),
      name: "no",
      cores: "4",
      timeLimit: "1-12:00:00",
    };
    expect(parse(jobFileOf(APP, draft))).toEqual({
      name: "no",
      app: "quantum-espresso",
      case: "silicon-scf",
      project: "materials",
      resources: { cores: 4 },
      time_limit: "1-12:00:00",
      parameters: { ecutwfc: 24, smearing: "gauss", spin: true, label: "yes: #1 'quoted' \"twice\"" },
    });
  });
});

test("the line for a terminal quotes what a shell would take apart", () => {
  const draft: Draft = { ...given({ label: "it's 5 o'clock" }), timeLimit: "2h", cores: "4" };
  expect(terminalLine(APP, draft)).toBe(
    String.raw`headgate job submit quantum-espresso/silicon-scf --project materials --cores 4 --time-limit 2h --set 'label=it'\''s 5 o'\''clock'`,
  );
});

describe("what would fit", () => {
  test("is put into its field", () => {
    expect(withChange(DRAFT, "--time-limit 1h30m")?.timeLimit).toBe("1h30m");
    expect(withChange(DRAFT, "--cores 2")?.cores).toBe("2");
  });
  test("is only shown when the form has no such field", () => {
    expect(withChange(DRAFT, "--array 0-9")).toBeNull();
  });
});

test("an app is found by any words of what is said about it", () => {
  const app = { ...APP, description: "Plane waves", cases: [{ name: "silicon-scf", description: "" }] };
  expect([matchesWords(app, "plane SILICON"), matchesWords(app, "plane gold"), matchesWords(app, "")]).toEqual([true, false, true]);
});
