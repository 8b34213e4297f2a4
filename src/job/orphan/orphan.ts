import type { Instant, Micros, MoneyUnit } from "#kernel";

/**
 * Where money and work do not agree, looked at from both sides:
 * - `ended-open`: a reservation is open, and its job has ended and owes nothing more, or was refused;
 * - `unknown-job`: a reservation is open for a job that is not there;
 * - `unsettled`: an attempt ended and its charge was never posted;
 * - `unheld`: a submission that never got the ledger's answer;
 * - `runs-without`: a job waits or runs, and its reservation is not there or no longer open;
 * - `expired-open`: a reservation is open, and its time is over.
 */
export const ORPHAN_KINDS = ["ended-open", "unknown-job", "unsettled", "unheld", "runs-without", "expired-open"] as const;
export type OrphanKind = (typeof ORPHAN_KINDS)[number];

export type Orphan = {
  readonly kind: OrphanKind;
  readonly holdId: string | null;
  readonly jobId: string | null;
  readonly number: string | null;
  readonly account: string;
  readonly person: string;
  readonly unit: MoneyUnit;
  /** What is reserved, owed, or to be reserved. */
  readonly amount: Micros;
  readonly since: Instant;
  /** Whether the job itself says that this is its reservation. */
  readonly own: boolean;
};

const ACTIONS = {
  "ended-open": "give the reservation back",
  "unknown-job": "give the reservation back",
  "unsettled": "post the charge",
  "unheld": "ask for the reservation again",
  "runs-without": "reserve what is left of it again",
  "expired-open": "give the reservation back",
} as const satisfies Record<OrphanKind, string>;

export function actionFor(kind: OrphanKind): string {
  return ACTIONS[kind];
}

/** The reason that stands in the journal. */
export function reasonFor({ kind, number, jobId }: Orphan): string {
  const job = number === null ? `job ${jobId ?? "unknown"}` : `job ${number}`;
  if (kind === "unknown-job") return `recovery: ${job} is not there`;
  if (kind === "expired-open") return "recovery: the time of the reservation is over";
  return kind === "runs-without" ? `recovery: ${job} goes on without a reservation` : `recovery: ${job} has ended`;
}
