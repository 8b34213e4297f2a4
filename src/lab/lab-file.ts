import { z } from "zod";
import { durationField, instantField, moneyField, nameField, rateField, type ReadDocument } from "#document";
import type { Fault } from "#kernel";

/** A laboratory has at most this many people and accounts in one file; more come in through the API. */
const ENTRIES_MAX = 1000;

const personSchema = z.strictObject({
  name: nameField().describe("The name people sign in and submit with."),
  display_name: z.string().min(1).max(120).optional(),
  email: z.email().optional(),
  admin: z.boolean().default(false).describe("May see and decide everything."),
});

const projectSchema = z.strictObject({
  name: nameField(),
  title: z.string().min(1).max(200).optional(),
  budget: moneyField().describe("What the project may commit, in dollars."),
  managers: z.array(nameField()).max(ENTRIES_MAX).default([]),
  members: z.array(nameField()).max(ENTRIES_MAX).default([]),
});

const departmentSchema = z.strictObject({
  name: nameField(),
  title: z.string().min(1).max(200).optional(),
  budget: moneyField().optional().describe("What all its projects together may commit. Default: the sum of their budgets."),
  starts: instantField().optional(),
  ends: instantField().optional(),
  projects: z.array(projectSchema).min(1).max(ENTRIES_MAX),
});

const localRateSchema = z.strictObject({
  core_hour: rateField().describe("Dollars for one core for one hour, up to nine decimals. 0 is free, and needs a reason."),
  reason: z.string().min(1).max(200).optional().describe("Why the rate is 0, e.g. condo."),
  date: z.iso.date().describe("The day the rate was set."),
  source: z.string().min(1).max(200).optional().describe("Where the rate comes from. Default: this file."),
});

export const labSchema = z.strictObject({
  department: departmentSchema,
  people: z.array(personSchema).min(1).max(ENTRIES_MAX),
  rates: z.strictObject({ local: localRateSchema }),
  demonstration: z
    .strictObject({
      person: nameField(),
      project: nameField(),
      app: nameField(),
      case: nameField(),
      fallback: z.strictObject({ app: nameField(), case: nameField() }),
      time_limit: durationField(),
      cores: z.int().min(1).max(1024),
    })
    .optional()
    .describe("The job that `headgate start` runs once, and the one it runs where the first cannot be had."),
});

export type Lab = z.output<typeof labSchema>;

/** What the schema cannot say: names that must be unique or must exist. All faults, placed. */
export function labFaults(document: ReadDocument<Lab>): Fault[] {
  const lab = document.value;
  if (lab === undefined) return [];
  const people = new Set(lab.people.map((person) => person.name));
  const projects = new Set(lab.department.projects.map((project) => project.name));
  return [
    ...twice(document, lab.people, ["people"], "person"),
    ...twice(document, lab.department.projects, ["department", "projects"], "project"),
    ...lab.department.projects.flatMap((project, index) => unknownPeople(document, project, index, people)),
    ...rateFaults(document, lab),
    ...demonstrationFaults(document, lab, people, projects),
  ];
}

function twice(document: ReadDocument<Lab>, entries: readonly { name: string }[], path: readonly string[], what: string): Fault[] {
  const first = new Map<string, number>();
  return entries.flatMap(({ name }, index) => {
    const seen = first.get(name);
    if (seen === undefined) {
      first.set(name, index);
      return [];
    }
    const line = document.place([...path, seen, "name"]).line;
    return [document.fault("value.duplicate", [...path, index, "name"], `the ${what} "${name}" is there already (line ${line})`)];
  });
}

function unknownPeople(document: ReadDocument<Lab>, project: Lab["department"]["projects"][number], index: number, people: ReadonlySet<string>): Fault[] {
  return (["managers", "members"] as const).flatMap((list) =>
    project[list].flatMap((name, at) =>
      people.has(name) ? [] : [document.fault("reference.unknown", ["department", "projects", index, list, at], `"${name}" is not one of the people`)],
    ),
  );
}

function rateFaults(document: ReadDocument<Lab>, lab: Lab): Fault[] {
  const { core_hour: rate, reason } = lab.rates.local;
  if (rate !== 0n || reason !== undefined) return [];
  return [document.fault("key.missing", ["rates", "local"], "a rate of 0 needs a reason", { fix: "Add reason, e.g. reason: condo." })];
}

function demonstrationFaults(document: ReadDocument<Lab>, lab: Lab, people: ReadonlySet<string>, projects: ReadonlySet<string>): Fault[] {
  const demonstration = lab.demonstration;
  if (demonstration === undefined) return [];
  const faults: Fault[] = [];
  if (!people.has(demonstration.person))
    faults.push(document.fault("reference.unknown", ["demonstration", "person"], `"${demonstration.person}" is not one of the people`));
  if (!projects.has(demonstration.project))
    faults.push(document.fault("reference.unknown", ["demonstration", "project"], `"${demonstration.project}" is not one of the projects`));
  return faults;
}

/** The JSON Schema of a lab file, for editors. */
export function labJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(labSchema, { io: "input", target: "draft-2020-12" });
}
