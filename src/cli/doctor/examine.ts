import { Problem } from "#kernel";
import { lookAtApps } from "./apps.ts";
import { lookAtDatabase } from "./database.ts";
import { fail, type Finding, type Look, type Patient } from "./finding.ts";
import { lookAtClock, lookAtExecutorUser, lookAtMemoryLimit, lookAtNode, lookAtOpenFiles, lookAtResources, lookAtSystem, lookAtTimeout } from "./machine.ts";
import { lookAtServer } from "./server.ts";
import { lookAtDashboard, lookAtDisk, lookAtSettings, lookAtState, lookAtToken } from "./state.ts";

const LOOKS: readonly (readonly [name: string, look: Look])[] = [
  ["system", lookAtSystem],
  ["node", lookAtNode],
  ["settings", lookAtSettings],
  ["state folder", lookAtState],
  ["owner token", lookAtToken],
  ["disk", lookAtDisk],
  ["clock", lookAtClock],
  ["timeout", lookAtTimeout],
  ["resources", lookAtResources],
  ["memory limit", lookAtMemoryLimit],
  ["open files", lookAtOpenFiles],
  ["executor user", lookAtExecutorUser],
  ["PostgreSQL", lookAtDatabase],
  ["server", lookAtServer],
  ["dashboard", lookAtDashboard],
  ["codes", lookAtApps],
];

/** Looks at everything, one after another. A look that itself fails is a finding too, so that the others are still made. */
export async function examine(patient: Patient, looks: typeof LOOKS = LOOKS): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, look] of looks) {
    try {
      const found = await look(patient);
      findings.push(...("name" in found ? [found] : found));
    } catch (error) {
      if (error instanceof Problem) findings.push(fail(name, error.detail, error.fix));
      else findings.push(fail(name, `could not be looked at: ${error instanceof Error ? error.message : String(error)}`, "The message says why."));
    }
  }
  return findings;
}
