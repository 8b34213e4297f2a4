import { elapsed as between, instantToIso, maxMicros, micros, microsToDecimal, ZERO_MICROS, type Fault, type Instant } from "#kernel";
import type { JobCost, JobDetail, JobEstimate, JobEvent, JobSummary } from "./contract.ts";
import type { AttemptRow, JobCharges } from "./attempt-store.ts";
import { indirectWords } from "./charge-class.ts";
import type * as rows from "./read-store.ts";

/** From rows to the wire. Pure: `now` is for what still runs. */

const iso = (at: Instant | null) => (at === null ? null : instantToIso(at));

export function summaryOf(job: rows.JobRow, now: Instant): JobSummary {
  const { counts } = job;
  const array =
    job.arraySpec === null
      ? null
      : {
          spec: job.arraySpec,
          throttle: job.throttle,
          tasks: job.tasks,
          pending: counts.waiting + counts.queued,
          running: counts.starting + counts.running,
          ended: counts.ended + counts.settled,
          completed: counts.completed,
        };
  return {
    id: job.id,
    number: job.number,
    task: null,
    name: job.name,
    person: job.person,
    project: job.project,
    app: job.app,
    case: job.case,
    executor: "local",
    state: job.state,
    outcome: job.outcome,
    reason: job.reason,
    cores: job.cores,
    memory_mib: job.memory,
    time_limit_s: job.timeLimitS,
    array,
    submitted_at: instantToIso(job.submittedAt),
    started_at: iso(job.startedAt),
    ended_at: iso(job.endedAt),
    elapsed_ms: elapsedOf(job, now),
    unit: job.unit,
    reserved: microsToDecimal(job.reserved),
    charged: microsToDecimal(job.charged),
    returned: microsToDecimal(job.returned),
    figure: job.figure,
    flagged: job.flagged,
  };
}

/** Of a plain job its last attempt; of an array from the first start to the last end. */
function elapsedOf(job: rows.JobRow, now: Instant): number | null {
  if (job.elapsed !== null) return job.elapsed;
  const from = job.arraySpec === null ? job.attemptStartedAt : job.startedAt;
  return from === null ? null : between(from, job.endedAt ?? now);
}

/** One task in the place of its job. What it reserved is its share: every task reserves the same. */
export function taskSummaryOf(job: rows.JobRow, task: rows.TaskRow, now: Instant): JobSummary {
  const reserved = micros(job.reserved / BigInt(job.tasks));
  const direct = (job.reserved - job.reservedIndirect) / BigInt(job.tasks);
  const over = task.state === "settled";
  return {
    ...summaryOf(job, now),
    number: task.index === null ? job.number : `${job.number}_${task.index}`,
    task: task.index,
    state: task.state,
    outcome: task.outcome,
    reason: task.why,
    array: null,
    started_at: iso(task.startedAt),
    ended_at: iso(task.endedAt),
    elapsed_ms: task.elapsed ?? (task.attemptStartedAt === null ? null : between(task.attemptStartedAt, now)),
    reserved: microsToDecimal(reserved),
    charged: microsToDecimal(task.charged),
    returned: microsToDecimal(micros(over && direct > task.charged ? direct - task.charged : 0n)),
    figure: task.estimated ? "estimated" : "metered",
    flagged: task.flagged,
  };
}

export type DetailParts = {
  readonly summary: JobSummary;
  readonly job: rows.FullJob;
  readonly attempts: readonly AttemptRow[];
  readonly files: JobDetail["files"];
  readonly dependencies: readonly rows.DependencyRow[];
};

export function detailOf({ summary, job, attempts, files, dependencies }: DetailParts): JobDetail {
  return {
    ...summary,
    parameters: job.spec.parameters,
    command: job.spec.command,
    folder: attempts[0]?.folder ?? null,
    dependencies: dependencies.map((one) => ({ kind: one.kind, job: one.number, state: dependencyState(one) })),
    retries: { count: job.retryCount, on: [...job.retryOn] },
    retry_of: job.retryOf,
    attempts: attempts.map((one) => ({
      task: one.index,
      attempt: one.attempt,
      started_at: iso(one.startedAt),
      ended_at: iso(one.endedAt),
      elapsed_ms: one.elapsed,
      outcome: one.outcome,
      exit_code: one.exitCode,
      signal: one.signal,
      pid: one.pid,
      host: one.host,
      reason: one.reason,
      charged: one.settled && one.charge !== null ? microsToDecimal(one.charge) : null,
      figure: one.figure,
    })),
    checks: [...(attempts[0]?.results ?? [])],
    files,
  };
}

/** The same rule as in move-waiting.sql. */
export function dependencyState(one: Pick<rows.DependencyRow, "kind" | "state" | "outcome">): "open" | "met" | "impossible" {
  const over = one.state === "ended" || one.state === "settled" || one.state === "refused";
  if (!over) return "open";
  const completed = one.outcome === "completed";
  if (one.kind === "afterok") return completed ? "met" : "impossible";
  return one.kind === "afternotok" && completed ? "impossible" : "met";
}

export function eventOf(event: rows.EventRow): JobEvent {
  return {
    id: event.id,
    at: instantToIso(event.at),
    job: event.number,
    task: event.task,
    attempt: event.attempt,
    from: event.from,
    to: event.to,
    outcome: event.outcome,
    who: event.who,
    why: event.why,
  };
}

export function estimateOf(
  job: Pick<rows.FullJob, "runEstimate" | "unit" | "expected" | "reserved" | "reservedIndirect" | "toReserve" | "formulaWords" | "exempt">,
): JobEstimate {
  const { runEstimate } = job;
  return {
    low_ms: runEstimate.low_ms,
    high_ms: runEstimate.high_ms,
    runtime_basis: runEstimate.basis,
    unit: job.unit,
    expected: job.expected === null ? null : microsToDecimal(job.expected),
    at_most: microsToDecimal(job.exempt?.asked ?? job.toReserve ?? job.reserved),
    formula: formulaOf(job),
    free: runEstimate.free,
    exempt: job.exempt?.words ?? null,
  };
}

/** How the reservation was worked out, with what an award adds to it. */
function formulaOf(job: Pick<rows.FullJob, "unit" | "reservedIndirect" | "formulaWords">): string {
  return `${job.formulaWords}${indirectWords(job.reservedIndirect, job.unit)}`;
}

export function costOf(job: rows.FullJob, { lines, refunded }: JobCharges): JobCost {
  const open = job.holdClosed || job.state === "refused" ? 0n : job.reserved - job.charged - job.indirect;
  return {
    job: job.number,
    project: job.project,
    unit: job.unit,
    reserved: microsToDecimal(job.reserved),
    reserved_indirect: microsToDecimal(job.reservedIndirect),
    reserved_formula: formulaOf(job),
    exempt: job.exempt?.words ?? null,
    charged: microsToDecimal(job.charged),
    indirect: microsToDecimal(job.indirect),
    returned: microsToDecimal(job.returned),
    open: microsToDecimal(maxMicros(ZERO_MICROS, micros(open))),
    overrun: microsToDecimal(job.overrun),
    figure: job.figure,
    settled: job.state === "settled",
    refunded: microsToDecimal(refunded),
    lines: lines.map((one) => ({
      task: one.index,
      attempt: one.attempt,
      cores: one.cores,
      elapsed_ms: one.elapsed,
      charged: microsToDecimal(one.charge),
      refunded: microsToDecimal(one.refunded),
      figure: one.figure,
      formula: one.words,
    })),
  };
}

/** Faults as they travel: the same, without what a wire does not need. */
export function faultsOf(faults: readonly Fault[]): {
  code: string;
  severity: "error" | "warning";
  place: { file: string; line: number; column: number } | null;
  path: string;
  message: string;
  fix: string | null;
}[] {
  return faults.map((fault) => ({ ...fault, place: fault.place === null ? null : { ...fault.place } }));
}
