import { exemptWords, refusalWords as ledgerWords, type HoldAnswer, type HoldAsk, type Ledger } from "#budget";
import type { Database } from "#db";
import {
  addMs,
  formatMoney,
  instant,
  instantToIso,
  invariant,
  microsToDecimal,
  milliseconds,
  Problem,
  type Clock,
  type Instant,
  type Micros,
  type MoneyUnit,
  type ProblemCode,
} from "#kernel";
import { parseArraySpec } from "./array-spec.ts";
import { CHARGE_CLASS, indirectWords } from "./charge-class.ts";
import * as store from "./job-store.ts";

type HoldPorts = { readonly db: Database; readonly ledger: Ledger; readonly clock: Clock };

/** A submission whose next step has not been made this long after it was written down belongs to a process that is gone. */
const UNHELD_MS = 15_000;
const UNHELD_MAX = 200;

/**
 * The step from `submitted` on: asks the ledger under `hold:<job id>`, and makes the job `queued` or `refused`. May be made any number of times, by the
 * process that took the submission or, after its end, by any other: one key is one hold, and only a job that is still `submitted` moves.
 */
export async function holdJobs(ports: HoldPorts, jobs: readonly store.Unheld[]): Promise<(store.Refusal | null)[]> {
  try {
    const answers = await ports.ledger.holdMany(jobs.map((job) => holdAsk(job, ports.clock.now())));
    invariant(answers.length === jobs.length, "the ledger answers every ask");
    return await Promise.all(answers.map((answer, index) => takeAnswer(ports, jobs[index]!, answer)));
  } catch (error) {
    if (!(error instanceof Problem) || PASSING.has(error.code) || error.code.startsWith("db.")) throw error;
    // One ask that can never be booked must not keep the others from their answer.
    if (jobs.length > 1) return (await Promise.all(jobs.map((job) => holdJobs(ports, [job])))).flat();
    return Promise.all(
      jobs.map((job) => refuse(ports, job, { code: error.code, detail: error.detail, fix: error.fix, facts: { ...error.facts, job: job.number } })),
    );
  }
}

/** After these nothing or nobody knows what was done: the same key tells later, so the job stays `submitted`. */
const PASSING: ReadonlySet<ProblemCode> = new Set(["overloaded", "budget.outcome-unknown", "internal", "interrupted"]);

/** Takes up submissions that were left between writing down and the ledger's answer. Gives how many. */
export async function holdLeftJobs(ports: HoldPorts, pool: string): Promise<number> {
  const left = await store.unheldJobs(ports.db, pool, instant(ports.clock.now() - UNHELD_MS), UNHELD_MAX);
  if (left.length > 0) await holdJobs(ports, left);
  return left.length;
}

/** Even a job that starts at once can go on until its time limit and grace are over; an account that ends before refuses it. */
export function endOf(job: { readonly timeLimitS: number; readonly graceMs: number }, now: Instant): Instant {
  return addMs(now, milliseconds(job.timeLimitS * 1000 + job.graceMs));
}

function holdAsk(job: store.Unheld, now: Instant): HoldAsk {
  return {
    key: `hold:${job.id}`,
    account: job.project,
    amount: job.reserved,
    person: job.person,
    subject: `job:${job.id}`,
    expiresAt: null,
    formula: job.formula,
    expected: job.expected,
    unit: job.unit,
    until: endOf(job, now),
    quote: job.quote,
    chargeClass: CHARGE_CLASS,
    charges: job.charges,
  };
}

async function takeAnswer(ports: HoldPorts, job: store.Unheld, answer: HoldAnswer): Promise<store.Refusal | null> {
  if (answer.kind === "granted") {
    const { amount, exempt } = answer;
    const words = exempt === undefined ? `${formatMoney(amount, job.unit)} reserved on ${job.project}` : exemptWords(exempt, job.unit);
    await store.grantHold(ports.db, job.id, { id: answer.holdId, amount: answer.amount }, indicesOf(job.arraySpec), ports.clock.now(), words);
    return null;
  }
  return refuse(ports, job, {
    code: answer.code,
    detail: refusalWords(job, answer),
    fix: `headgate budget explain ${job.project} says why.`,
    facts: {
      job: job.number,
      account: answer.account,
      available: microsToDecimal(answer.available),
      asked: microsToDecimal(answer.asked),
      unit: job.unit,
      ...(answer.date == null ? {} : { date: instantToIso(answer.date) }),
    },
  });
}

async function refuse(ports: HoldPorts, job: store.Unheld, refusal: store.Refusal): Promise<store.Refusal> {
  await store.refuseJob(ports.db, job.id, refusal, ports.clock.now());
  return refusal;
}

export function refusalWords(
  job: { readonly project: string; readonly unit: MoneyUnit; readonly reserved: Micros; readonly formulaWords: string },
  answer: Extract<HoldAnswer, { kind: "refused" }>,
): string {
  if (answer.code !== "budget.insufficient") return ledgerWords(answer.code, answer);
  const level = answer.account === job.project ? job.project : `${answer.account}, above ${job.project},`;
  return `${level} can commit ${formatMoney(answer.available, job.unit)} now; this job can cost at most ${formatMoney(answer.asked, job.unit)} (${job.formulaWords}${indirectWords(answer.asked - job.reserved, job.unit)})`;
}

/** A plain job has one task, the one of index 0. */
function indicesOf(arraySpec: string | null): readonly number[] {
  if (arraySpec === null) return [0];
  const spec = parseArraySpec(arraySpec);
  invariant(!("kind" in spec), "an array that was taken can be read again");
  return spec.indices;
}
