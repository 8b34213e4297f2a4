import { refusalWords as ledgerWords, type HoldAnswer, type HoldAsk } from "#budget";
import {
  addMs,
  formatMoney,
  instantToIso,
  invariant,
  microsToDecimal,
  milliseconds,
  type Instant,
  type Micros,
  type MoneyUnit,
  type ProblemCode,
} from "#kernel";
import { parseArraySpec } from "./array-spec.ts";
import { CHARGE_CLASS, indirectWords } from "./charge-class.ts";
import type { Refusal, Unheld } from "./job-store.ts";

/** What the ledger is asked for a job, and what its answer means in words. */

/** Even a job that starts at once can go on until its time limit and grace are over; an account that ends before refuses it. */
export function endOf(job: { readonly timeLimitS: number; readonly graceMs: number }, now: Instant): Instant {
  return addMs(now, milliseconds(job.timeLimitS * 1000 + job.graceMs));
}

/** `key` is the job's own: one hold for one key, however often it is asked for. */
export function holdAsk(job: Unheld, key: string, now: Instant): HoldAsk {
  return {
    key,
    account: job.project,
    amount: job.reserved,
    person: job.person,
    subject: `job:${job.id}`,
    app: job.app,
    cluster: job.pool,
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

export type Refused = {
  readonly code: ProblemCode;
  readonly account: string;
  readonly available: Micros;
  readonly asked: Micros;
  readonly date?: Instant | null;
};

/** What a job that was not granted its reservation is refused with. */
export function refusalOf(job: Unheld, answer: Refused, detail: string): Refusal {
  return {
    code: answer.code,
    detail,
    fix: `headgate budget explain ${job.project} says why.`,
    facts: {
      job: job.number,
      account: answer.account,
      available: microsToDecimal(answer.available),
      asked: microsToDecimal(answer.asked),
      unit: job.unit,
      ...(answer.date == null ? {} : { date: instantToIso(answer.date) }),
    },
  };
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
export function indicesOf(arraySpec: string | null): readonly number[] {
  if (arraySpec === null) return [0];
  const spec = parseArraySpec(arraySpec);
  invariant(!("kind" in spec), "an array that was taken can be read again");
  return spec.indices;
}
