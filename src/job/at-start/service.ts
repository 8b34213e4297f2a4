import type { HoldAnswer, Ledger } from "#budget";
import type { Database } from "#db";
import { addMs, formatMoney, invariant, milliseconds, Problem, type Clock, type Instant } from "#kernel";
import { endOf, holdAsk, indicesOf, refusalOf, refusalWords } from "../hold-ask.ts";
import { refuseJob, type Refusal, type Unheld } from "../job-store.ts";
import * as store from "./store.ts";

/*
 * Jobs of an account that reserves money when a job starts. When one is submitted only what is against it for good is looked at; it is then in the queue with nothing
 * reserved. Right before its first task starts the ledger is asked, under `hold:<job>:<n>`: `n` is counted up and committed before the ledger is asked, and what it
 * answers is written down after, so that a process killed anywhere in between leaves an asking without an answer, which is asked again under the same key and gets
 * the same answer. After a no the job stays in the queue and says why; it comes back, with the next number, when its account can bear it (pending-jobs.sql).
 */

type Ports = { readonly db: Database; readonly ledger: Ledger; readonly clock: Clock };

const LEFT_MAX = 200;

/** Where something else than too little money is against it, it is asked again after this, then after twice as long, up to the last. */
const AGAIN_MS = 10_000;
const AGAIN_MS_MAX = 600_000;
/** Too little money is looked at without asking; this is only for when others were quicker, or the look saw more than the ledger. */
const SHORT_AGAIN_MS = 2_000;
const SHORT_AGAIN_MS_MAX = 60_000;

/** From `submitted` on: takes the job without a reservation, or refuses what its account could never bear. May be made any number of times. */
export async function acceptUnheld(ports: Ports, job: Unheld): Promise<Refusal | null> {
  const { db, clock } = ports;
  const now = clock.now();
  const { project: account, unit, person, reserved: amount } = job;
  const never = await store.neverBears(db, { account, unit, person, amount, until: endOf(job, now) }, now);
  if (never === null) {
    await store.acceptUnheld(db, job.id, indicesOf(job.arraySpec), now, `at most ${formatMoney(amount, unit)} is reserved on ${account} when it starts`);
    return null;
  }
  const refusal = refusalOf(job, { ...never, asked: amount }, neverWords(job, never));
  await refuseJob(db, job.id, refusal, now);
  return refusal;
}

export function neverWords(job: Pick<Unheld, "project" | "unit" | "formulaWords" | "reserved">, never: store.Never): string {
  const { project, unit, formulaWords, reserved } = job;
  if (never.code !== "budget.insufficient") return refusalWords(job, { kind: "refused", ...never, asked: reserved });
  const level = never.account === project ? project : `${never.account}, above ${project},`;
  return `${level} has ${formatMoney(never.available, unit)} left to spend, whatever is given back; this job can cost at most ${formatMoney(reserved, unit)} (${formulaWords})`;
}

export type Reserved = {
  readonly granted: ReadonlySet<string>;
  /** The ledger gave no answer: nothing is known, and the same is asked again. */
  readonly unasked: readonly string[];
};

/** Reserves for jobs that are about to start, in this order: what the first takes the next cannot have. */
export async function reserveForStart(
  ports: Ports & { readonly log: { warn(facts: object, words: string): void } },
  ids: readonly string[],
): Promise<Reserved> {
  const asking = await store.beginAsks(ports.db, ids);
  const granted = new Set<string>();
  const unasked: string[] = [];
  const answers = await answersFor(ports, asking);
  for (const [index, answer] of answers.entries()) {
    const job = asking[index]!;
    if (answer instanceof Problem) {
      ports.log.warn({ job: job.number, err: answer }, "money for a job could not be asked for; it is tried again");
      unasked.push(job.id);
    } else if (await takeAnswer(ports, job, answer)) granted.add(job.id);
  }
  return { granted, unasked };
}

/** One ask that cannot be answered must not keep the others from their answer. */
async function answersFor(ports: Ports, asking: readonly store.Asking[]): Promise<(HoldAnswer | Problem)[]> {
  if (asking.length === 0) return [];
  try {
    const answers = await ports.ledger.holdMany(asking.map((job) => holdAsk(job, `hold:${job.id}:${job.asks}`, ports.clock.now())));
    invariant(answers.length === asking.length, "the ledger answers every ask");
    return [...answers];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (asking.length === 1) return [error];
    const answers: (HoldAnswer | Problem)[] = [];
    for (const job of asking) answers.push(...(await answersFor(ports, [job])));
    return answers;
  }
}

/** True when it has its money. */
async function takeAnswer({ db, clock }: Ports, job: store.Asking, answer: HoldAnswer): Promise<boolean> {
  if (answer.kind === "granted") {
    await store.takeStartHold(db, job, { id: answer.holdId, amount: answer.amount });
    return true;
  }
  const now = clock.now();
  await store.noteShort(
    db,
    job,
    { level: answer.account, words: `waits for budget: ${refusalWords(job, answer)}`, askAfter: againAfter(job, answer.code, now) },
    now,
  );
  return false;
}

function againAfter({ asks }: store.Asking, code: Extract<HoldAnswer, { kind: "refused" }>["code"], now: Instant): Instant {
  const [first, last] = code === "budget.insufficient" ? [SHORT_AGAIN_MS, SHORT_AGAIN_MS_MAX] : [AGAIN_MS, AGAIN_MS_MAX];
  return addMs(now, milliseconds(Math.min(last, first * 2 ** Math.min(asks - 1, 10))));
}

/**
 * Jobs that are over and never had a reservation owe nothing. One for which the ledger may have been asked is asked for once more under the same key: what was granted
 * becomes its reservation and is given back like any other, and no ask that is still on its way can be granted after. True when something was closed.
 */
export async function closeNeverHeld(ports: Parameters<typeof reserveForStart>[0] & { readonly pool: { readonly name: string } }): Promise<boolean> {
  const left = await store.leftAsks(ports.db, ports.pool.name, LEFT_MAX);
  if (left.length > 0) await reserveForStart(ports, left);
  return (await store.closeUnheld(ports.db, ports.pool.name, ports.clock.now())) > 0;
}
