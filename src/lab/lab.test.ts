import { describe, expect, test } from "vitest";
import { microsToDecimal, Problem } from "#kernel";
import { labAccounts, openLab, type LabPorts } from "./open-lab.ts";
import { parseLab, readLab } from "./read-lab.ts";

const examplePath = new URL("../../examples/lab.yaml", import.meta.url).pathname;

function faultsOf(text: string): string[] {
  try {
    parseLab(text, "lab.yaml");
  } catch (error) {
    if (error instanceof Problem) return error.faults.map((fault) => `${fault.place?.line} ${fault.code} ${fault.path}`);
    throw error;
  }
  return [];
}

const good = `department:
  name: geo
  projects:
    - { name: a, budget: 10, members: [ann] }
    - { name: b, budget: 5.50 }
people:
  - name: ann
rates:
  local: { core_hour: 0.01, date: 2026-11-20 }
`;

describe("the lab file", () => {
  test("the example is a good one, and its department may commit what its projects may", async () => {
    const accounts = labAccounts(await readLab(examplePath));
    expect(accounts.map(({ name, parent, allocated }) => [name, parent, microsToDecimal(allocated)])).toEqual([
      ["earth-sciences", null, "620.00"],
      ["climate", "earth-sciences", "500.00"],
      ["materials", "earth-sciences", "120.00"],
    ]);
  });

  test.each([
    ["a member nobody has heard of", good.replace("[ann]", "[bob]"), ["4 reference.unknown department.projects[0].members[0]"]],
    ["two projects of one name", good.replace("name: b", "name: a"), ["5 value.duplicate department.projects[1].name"]],
    ["two people of one name", `${good}`.replace("  - name: ann\n", "  - name: ann\n  - name: ann\n"), ["8 value.duplicate people[1].name"]],
    ["a free rate without a reason", good.replace("0.01", "0"), ["9 key.missing rates.local"]],
    ["a misspelt key", good.replace("members", "membres"), ["4 key.unknown department.projects[0].membres"]],
    ["a negative budget", good.replace("5.50", "-5.50"), ["5 value.money department.projects[1].budget"]],
    ["a budget finer than the ledger", good.replace("5.50", "5.5000001"), ["5 value.money department.projects[1].budget"]],
    ["a name that Slurm could not have", good.replace("name: geo", "name: Geo Sciences"), ["2 value.name department.name"]],
    [
      "no project",
      "department: { name: geo, projects: [] }\npeople: [{ name: ann }]\nrates: { local: { core_hour: 1, date: 2026-01-01 } }\n",
      ["1 value.range department.projects"],
    ],
    ["a date that is none", good.replace("2026-11-20", "2026-02-30"), ["9 value.invalid rates.local.date"]],
    ["everything missing", "", ["1 key.missing department", "1 key.missing people", "1 key.missing rates"]],
  ])("%s is named with its line", (_name, text, expected) => {
    expect(faultsOf(text)).toEqual(expected);
  });

  test("opening it twice makes everything once", async () => {
    const there = new Set<string>();
    const ensure = (what: unknown) => {
      const key = JSON.stringify(what, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
      if (there.has(key)) return Promise.resolve(false);
      there.add(key);
      return Promise.resolve(true);
    };
    const ports: LabPorts = { ensurePerson: ensure, ensureAccount: ensure, ensureMember: ensure, ensureLocalRate: ensure };
    const lab = await readLab(examplePath);
    expect(await openLab(lab, "lab.yaml", ports)).toEqual({ made: 11, there: 0 });
    expect(await openLab(lab, "lab.yaml", ports)).toEqual({ made: 0, there: 11 });
  });
});
