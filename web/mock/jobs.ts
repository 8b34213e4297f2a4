import type { JobDetail, JobEvent, JobOutcome, JobState } from "#job/contract";
import {
  addMs,
  elapsed,
  instant,
  instantToIso,
  milliseconds,
  microsToDecimal,
  micros,
  newId,
  parseInstant,
  systemClock,
  systemRandomness,
  type Instant,
} from "#kernel";
import { charge, formulaFor, GRACE_MS, placeHold, RATE_TEXT, settleHold, usd, type MockHold, type MockLedger } from "./money.ts";

/** A job of the mock: what the wire shows, and how it will go. */
export type MockJob = {
  detail: JobDetail;
  readonly plan: Plan;
  readonly hold: MockHold | null;
  readonly events: JobEvent[];
  readonly log: (elapsedMs: number) => string;
};
/** `endsWith` after `runsMs`; checks as they will be found. */
export type Plan = {
  readonly startsAfterMs: number;
  readonly runsMs: number;
  readonly endsWith: JobOutcome;
  readonly checks: JobDetail["checks"];
  readonly files: JobDetail["files"];
  readonly reason: string | null;
};

export type NewJob = {
  readonly number: string;
  readonly person: string;
  readonly project: string;
  readonly app: string | null;
  readonly case: string | null;
  readonly name: string;
  readonly cores: number;
  readonly memoryMib: number;
  readonly limitS: number;
  readonly parameters: Record<string, unknown>;
  readonly command: readonly string[];
  readonly submittedAt: Instant;
  readonly plan: Plan;
  readonly waits?: string;
  readonly array?: JobDetail["array"];
  readonly log: (elapsedMs: number) => string;
};

/** Puts a job into the books: reserved when the account can, refused otherwise. */
export function addJob(jobs: MockJob[], ledger: MockLedger, ask: NewJob): MockJob {
  const id = newId(systemClock, systemRandomness);
  const formula = formulaFor(ask.cores, ask.limitS);
  const what = `job ${ask.number} ${ask.app === null ? ask.name : `${ask.app}/${ask.case ?? ask.name}`}`;
  const hold = placeHold(ledger, { account: ask.project, person: ask.person, subject: `job:${id}`, formula, at: ask.submittedAt, why: `at most, for ${what}` });
  const detail: JobDetail = {
    id,
    number: ask.number,
    task: null,
    name: ask.name,
    person: ask.person,
    project: ask.project,
    app: ask.app,
    case: ask.case,
    executor: "local",
    state: hold === null ? "refused" : "queued",
    outcome: null,
    reason: hold === null ? `${ask.project} cannot reserve ${formula[0]?.amount ?? ""} now` : (ask.waits ?? null),
    cores: ask.cores,
    memory_mib: ask.memoryMib,
    time_limit_s: ask.limitS,
    array: ask.array ?? null,
    submitted_at: instantToIso(ask.submittedAt),
    started_at: null,
    ended_at: null,
    elapsed_ms: null,
    unit: "USD",
    reserved: hold === null ? "0.00" : microsToDecimal(hold.amount),
    charged: "0.00",
    returned: "0.00",
    figure: "metered",
    flagged: false,
    parameters: ask.parameters,
    command: [...ask.command],
    folder: `/home/${ask.person}/.local/state/headgate/jobs/${id}`,
    dependencies: [],
    retries: { count: 0, on: [] },
    retry_of: null,
    attempts: [],
    checks: [],
    files: [],
  };
  const job: MockJob = { detail, plan: ask.plan, hold, events: [], log: ask.log };
  note(job, ask.submittedAt, "submitted", null, ask.person, "submitted");
  note(
    job,
    ask.submittedAt,
    detail.state,
    null,
    "server",
    hold === null ? (detail.reason ?? "") : `${microsToDecimal(hold.amount)} USD reserved on ${ask.project}`,
  );
  jobs.push(job);
  return job;
}

function note(job: MockJob, at: Instant, to: string, outcome: JobOutcome | null, who: string, why: string): void {
  const from = job.events.at(-1)?.to ?? null;
  const attempt = job.detail.attempts.length === 0 ? null : job.detail.attempts.length;
  job.events.push({
    id: `${job.detail.number}-${job.events.length + 1}`,
    at: instantToIso(at),
    job: job.detail.number,
    task: null,
    attempt,
    from,
    to,
    outcome,
    who,
    why,
  });
}

export function start(job: MockJob, at: Instant): void {
  const iso = instantToIso(at);
  job.detail.attempts = [
    {
      task: null,
      attempt: 1,
      started_at: iso,
      ended_at: null,
      elapsed_ms: null,
      outcome: null,
      exit_code: null,
      signal: null,
      pid: 41_000 + job.events.length * 7,
      host: "workstation",
      reason: null,
      charged: null,
      figure: null,
    },
  ];
  Object.assign(job.detail, { state: "running" satisfies JobState, started_at: iso, reason: null, elapsed_ms: 0 });
  note(job, at, "starting", null, "worker", "claimed");
  note(job, at, "running", null, "worker", "the program has been started");
}

export function end(job: MockJob, ledger: MockLedger, at: Instant, outcome: JobOutcome, reason: string | null): void {
  const started = job.detail.started_at === null ? undefined : parseInstant(job.detail.started_at);
  const ran = started === undefined ? milliseconds(0) : elapsed(started, at);
  const amount = started === undefined ? micros(0n) : charge(job.detail.cores, ran);
  const what = `job ${job.detail.number}: ${job.detail.cores} cores x ${(ran / 1000).toFixed(3)} s x $${RATE_TEXT}/core-hour`;
  const fine = outcome === "completed" || outcome === "failed";
  note(job, at, "ended", outcome, outcome === "cancelled" ? "server" : "worker", reason ?? "exit code 0, results as expected");
  if (job.hold !== null) settleHold(ledger, job.hold, amount, at, what);
  const [attempt] = job.detail.attempts;
  if (attempt !== undefined)
    Object.assign(attempt, {
      ended_at: instantToIso(at),
      elapsed_ms: ran,
      outcome,
      exit_code: outcome === "completed" ? 0 : outcome === "failed" ? 1 : null,
      signal: fine ? null : "SIGTERM",
      charged: microsToDecimal(amount),
      figure: "metered",
    });
  Object.assign(job.detail, {
    state: "settled" satisfies JobState,
    outcome,
    reason: reason ?? resultInWords(job.plan.checks),
    ended_at: instantToIso(at),
    elapsed_ms: started === undefined ? null : ran,
    charged: microsToDecimal(amount),
    returned: microsToDecimal(micros(usd(job.detail.reserved) - amount)),
    checks: fine ? job.plan.checks : [],
    files: fine ? job.plan.files : [],
    flagged: outcome === "lost",
    figure: outcome === "lost" ? "estimated" : "metered",
  });
  note(job, at, "settled", outcome, "server", `${microsToDecimal(amount)} USD charged, the rest given back`);
}

function resultInWords(checks: JobDetail["checks"]): string | null {
  const [first] = checks;
  return first === undefined ? null : `${first.name} ${String(first.value)}${first.unit === null ? "" : ` ${first.unit}`}`;
}

/** Brings all jobs to the present. True when something changed. */
export function advance(jobs: readonly MockJob[], ledger: MockLedger, now: Instant): boolean {
  let changed = false;
  for (const job of jobs) {
    const { detail, plan } = job;
    const submitted = parseInstant(detail.submitted_at) ?? now;
    const startAt = addMs(submitted, milliseconds(plan.startsAfterMs));
    if (detail.state === "queued" && detail.array === null && now >= startAt) {
      start(job, startAt);
      changed = true;
    }
    if (detail.state !== "running") continue;
    const endAt = addMs(parseInstant(detail.started_at ?? "") ?? now, milliseconds(plan.runsMs));
    if (now < endAt) continue;
    end(job, ledger, endAt, plan.endsWith, plan.reason);
    changed = true;
  }
  return changed;
}

export function ranMs(job: MockJob, now: Instant): number {
  const started = job.detail.started_at === null ? undefined : parseInstant(job.detail.started_at);
  if (started === undefined) return 0;
  return job.detail.elapsed_ms !== null && job.detail.ended_at !== null ? job.detail.elapsed_ms : elapsed(started, now);
}

export function worstCase(cores: number, limitS: number): string {
  return `${cores} cores x (${limitS} s time limit + ${GRACE_MS / 1000} s grace) x $0.042000/core-hour (local rate, examples/lab.yaml, 2026-11-20)`;
}

export function ago(now: Instant, ms: number): Instant {
  return instant(now - ms);
}
