import { exemptWords, type HoldAnswer, type Ledger } from "#budget";
import type { Database } from "#db";
import { formatMoney, instant, invariant, Problem, type Clock, type ProblemCode } from "#kernel";
import { acceptUnheld } from "./at-start/service.ts";
import { holdAsk, indicesOf, refusalOf, refusalWords } from "./hold-ask.ts";
import * as store from "./job-store.ts";

type HoldPorts = { readonly db: Database; readonly ledger: Ledger; readonly clock: Clock };

/** A submission whose next step has not been made this long after it was written down belongs to a process that is gone. */
const UNHELD_MS = 15_000;
const UNHELD_MAX = 200;

/**
 * The step from `submitted` on: asks the ledger under `hold:<job id>`, and makes the job `queued` or `refused`. May be made any number of times, by the
 * process that took the submission or, after its end, by any other: one key is one hold, and only a job that is still `submitted` moves. Where the account
 * reserves at the start, nothing is asked for here.
 */
export async function holdJobs(ports: HoldPorts, jobs: readonly store.Unheld[]): Promise<(store.Refusal | null)[]> {
  const early = jobs.filter((job) => job.reserveAt === "submission");
  const answers = new Map(early.length === 0 ? [] : (await holdEarly(ports, early)).map((refusal, index) => [early[index]!.id, refusal]));
  for (const job of jobs) if (job.reserveAt === "start") answers.set(job.id, await acceptUnheld(ports, job));
  return jobs.map((job) => answers.get(job.id) ?? null);
}

async function holdEarly(ports: HoldPorts, jobs: readonly store.Unheld[]): Promise<(store.Refusal | null)[]> {
  try {
    const answers = await ports.ledger.holdMany(jobs.map((job) => holdAsk(job, `hold:${job.id}`, ports.clock.now())));
    invariant(answers.length === jobs.length, "the ledger answers every ask");
    return await Promise.all(answers.map((answer, index) => takeAnswer(ports, jobs[index]!, answer)));
  } catch (error) {
    if (!(error instanceof Problem) || PASSING.has(error.code) || error.code.startsWith("db.")) throw error;
    // One ask that can never be booked must not keep the others from their answer.
    if (jobs.length > 1) return (await Promise.all(jobs.map((job) => holdEarly(ports, [job])))).flat();
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

async function takeAnswer(ports: HoldPorts, job: store.Unheld, answer: HoldAnswer): Promise<store.Refusal | null> {
  if (answer.kind === "granted") {
    const { amount, exempt } = answer;
    const words = exempt === undefined ? `${formatMoney(amount, job.unit)} reserved on ${job.project}` : exemptWords(exempt, job.unit);
    await store.grantHold(ports.db, job.id, { id: answer.holdId, amount: answer.amount }, indicesOf(job.arraySpec), ports.clock.now(), words);
    return null;
  }
  return refuse(ports, job, refusalOf(job, answer, refusalWords(job, answer)));
}

async function refuse(ports: HoldPorts, job: store.Unheld, refusal: store.Refusal): Promise<store.Refusal> {
  await store.refuseJob(ports.db, job.id, refusal, ports.clock.now());
  return refusal;
}
