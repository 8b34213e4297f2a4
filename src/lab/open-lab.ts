import { sumMicros, type HourlyRate, type Instant, type Micros } from "#kernel";
import type { Lab } from "./lab-file.ts";

/** An account as the lab file asks for it; `parent` null for the department itself. */
export type LabAccount = {
  readonly name: string;
  readonly kind: "department" | "project";
  readonly title: string | null;
  readonly parent: string | null;
  readonly allocated: Micros;
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
};

/** What opening a lab needs of the other rooms. Each `ensure` makes what is missing and leaves what is there as it is. */
export type LabPorts = {
  ensurePerson(person: { name: string; displayName: string; email: string | null; admin: boolean }): Promise<boolean>;
  ensureAccount(account: LabAccount): Promise<boolean>;
  ensureMember(membership: { person: string; account: string; role: "member" | "manager" }): Promise<boolean>;
  ensureLocalRate(rate: { coreHour: HourlyRate; reason: string | null; source: string; date: string }): Promise<boolean>;
};

export type OpenedLab = { readonly made: number; readonly there: number };

/**
 * Opens a laboratory: people, accounts with their budgets, memberships, the local rate. Opening it again makes nothing twice
 * and changes nothing that people have changed since; a run that was killed half way is completed by the next.
 */
export async function openLab(lab: Lab, file: string, ports: LabPorts): Promise<OpenedLab> {
  const made: boolean[] = [];
  for (const person of lab.people) {
    made.push(
      await ports.ensurePerson({ name: person.name, displayName: person.display_name ?? person.name, email: person.email ?? null, admin: person.admin }),
    );
  }
  for (const account of labAccounts(lab)) made.push(await ports.ensureAccount(account));
  for (const project of lab.department.projects) {
    for (const person of project.managers) made.push(await ports.ensureMember({ person, account: project.name, role: "manager" }));
    for (const person of project.members) made.push(await ports.ensureMember({ person, account: project.name, role: "member" }));
  }
  const local = lab.rates.local;
  made.push(await ports.ensureLocalRate({ coreHour: local.core_hour, reason: local.reason ?? null, source: local.source ?? file, date: local.date }));
  const count = made.filter(Boolean).length;
  return { made: count, there: made.length - count };
}

/** The account tree of a lab, parents first. A department without a budget of its own may commit what its projects may. */
export function labAccounts(lab: Lab): LabAccount[] {
  const { department } = lab;
  const [startsAt, endsAt] = [department.starts ?? null, department.ends ?? null];
  const allocated = department.budget ?? sumMicros(department.projects.map((project) => project.budget));
  return [
    { name: department.name, kind: "department", title: department.title ?? null, parent: null, allocated, startsAt, endsAt },
    ...department.projects.map((project): LabAccount => {
      return { name: project.name, kind: "project", title: project.title ?? null, parent: department.name, allocated: project.budget, startsAt, endsAt };
    }),
  ];
}
