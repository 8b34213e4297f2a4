import type { SessionOnWire } from "#access/contract";
import type { JobSummary } from "#job/contract";

/**
 * Why a person can not cancel or retry a job; null when they can. The server decides (the policy "job.control" in src/access/policy.ts);
 * this only keeps a button from promising what it would refuse. A manager of an account above the project is not known here, so where
 * somebody manages anything at all the server is asked.
 */
export function whyNotMine(job: Pick<JobSummary, "person" | "project">, session: SessionOnWire): string | null {
  const { person, memberships } = session;
  if (person.admin || person.name === job.person || memberships.some((part) => part.role !== "member")) return null;
  return `Only ${job.person}, a manager of ${job.project} or an administrator can do this`;
}
