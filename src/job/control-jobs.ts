import { formatMoney, micros, parseMicros, Problem, type Micros, type Person } from "#kernel";
import { cancelTasks } from "./cancel-store.ts";
import type { JobDetail, JobSubmission, JobSummary, SubmittedJob } from "./contract.ts";
import { findJob, summaryOfFound } from "./find-job.ts";
import { fitWords, whatWouldFit, type Fit } from "./fits.ts";
import { holdJobs } from "./hold-job.ts";
import { unheldJob } from "./job-store.ts";
import { isFinal } from "./life.ts";
import { cancelWords } from "./outcome.ts";
import * as rows from "./read-store.ts";
import { noSuchJob } from "./reference.ts";
import { detailOfFound } from "./show-jobs.ts";
import { prepareSubmission, quoteOf, submitJob, type Prepared, type SubmitPorts } from "./submit.ts";
import { estimateOf, faultsOf } from "./view.ts";

/** Takes a submission. A refusal for money says what would fit. */
export async function submit(ports: SubmitPorts, person: Person, submission: JobSubmission, key: string, retryOf: string | null = null): Promise<SubmittedJob> {
  try {
    const { number, warnings } = await submitJob(ports, person, submission, { key, retryOf });
    return { ...(await accepted(ports, number)), faults: faultsOf(warnings) };
  } catch (error) {
    throw await withFits(ports, person, submission, error);
  }
}

/** What an accepted submission is answered with, the first time and every time after. */
async function accepted(ports: SubmitPorts, number: string): Promise<{ job: JobDetail; estimate: SubmittedJob["estimate"] }> {
  const job = await rows.showJob(ports.db, number);
  if (job === null) throw noSuchJob(number);
  return { job: await detailOfFound(ports, { reference: { number, index: null }, job }), estimate: estimateOf(job) };
}

async function withFits(ports: SubmitPorts, person: Person, submission: JobSubmission, error: unknown): Promise<unknown> {
  // What a quote promises holds for what was quoted; anything smaller would be another job.
  if (!(error instanceof Problem) || error.code !== "budget.insufficient" || submission.quote !== undefined) return error;
  const available = parseMicros(String(error.facts["available"]));
  if (available === undefined) return error;
  const prepared = await prepareSubmission(ports, person, submission);
  const asked = parseMicros(String(error.facts["asked"])) ?? prepared.quote.amount;
  const fits = await fitsOf(ports, prepared, directOf(available, prepared.quote.amount, asked));
  const shown = fits.map((fit) => ({ change: fit.change, at_most: formatMoney(fit.atMost, prepared.quote.unit) }));
  return new Problem(error.code, {
    detail: error.detail,
    fix: fits.length === 0 ? error.fix : `It would fit with ${fitWords(fits, prepared.quote.unit)}.`,
    facts: { ...error.facts, fits: shown },
    cause: error,
  });
}

/** What of an available amount is for direct cost, where `asked` was `direct` with its indirect cost in it. */
export function directOf(available: Micros, direct: Micros, asked: Micros): Micros {
  return asked > direct && available > 0n ? micros((available * direct) / asked) : available;
}

export function fitsOf(ports: SubmitPorts, { plan, request, runTime, project }: Prepared, available: Micros): Promise<Fit[]> {
  return whatWouldFit(
    plan,
    request.array?.indices ?? null,
    request.array?.throttle ?? null,
    available,
    runTime.high,
    async (change) => (await quoteOf(ports, project, { ...plan, ...change }, request.retry.count)).amount,
  );
}

/** What has not started ends at once and its money is given back; what runs is asked to stop and has its grace. Throws `job.ended`. */
export async function cancelJob(ports: SubmitPorts, person: Person, reference: string, reason: string | null): Promise<JobSummary> {
  const found = await findJob(ports, person, reference, "job.control");
  const { job, reference: read } = found;
  const before = await summaryOfFound(ports, found);
  // Cancelled twice is cancelled: a caller that did not hear the first answer must not be told of a fault.
  if (before.outcome === "cancelled") return before;
  if (isFinal(before.state)) throw new Problem("job.ended", { detail: `job ${before.number} has ended: ${before.outcome ?? before.state}` });
  const unheld = job.state === "submitted" ? await unheldJob(ports.db, job.id) : null;
  if (unheld !== null) await holdJobs(ports, [unheld]);
  await cancelTasks(ports.db, { jobId: job.id, index: read.index, by: person.name, reason, words: cancelWords(person.name, reason), now: ports.clock.now() });
  return summaryOfFound(ports, await findJob(ports, person, reference, "job.control"));
}

/** Submits the same again: of an array the tasks that did not complete, or all when all did. Throws `job.not-ended`. */
export async function retryJob(
  ports: SubmitPorts,
  person: Person,
  reference: string,
  overrides: JobSubmission["overrides"],
  key: string,
): Promise<SubmittedJob> {
  const found = await findJob(ports, person, reference, "job.control");
  const { job, reference: read } = found;
  const before = await summaryOfFound(ports, found);
  if (!isFinal(before.state)) throw new Problem("job.not-ended", { detail: `job ${before.number} is ${before.state}` });
  const array = job.arraySpec === null ? undefined : await arrayAgain(ports, job, read.index);
  const merged = {
    ...job.submission.overrides,
    ...(array === undefined ? {} : { array }),
    ...overrides,
    parameters: { ...job.submission.overrides?.parameters, ...overrides?.parameters },
  };
  // A quote was for one use: the same again is priced by the rates of now.
  const { quote: _used, ...again } = job.submission;
  return submit(ports, person, { ...again, overrides: merged }, key, job.id);
}

async function arrayAgain(ports: SubmitPorts, job: rows.FullJob, index: number | null): Promise<string> {
  if (index !== null) return String(index);
  const tasks = await rows.listTasks(ports.db, job.id, { index: null, after: null, limit: job.tasks });
  const failed = tasks.filter((task) => task.outcome !== "completed");
  const again = (failed.length === 0 ? tasks : failed).map((task) => task.index);
  const throttle = job.throttle === null ? "" : `%${job.throttle}`;
  return again.length === 0 ? job.arraySpec! : `${ranges(again.flatMap((one) => one ?? []))}${throttle}`;
}

/** `0-3,7,9-10`, so that a long list stays within the bound of an array's writing. */
export function ranges(indices: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < indices.length; at += 1) {
    let end = at;
    while (indices[end + 1] === indices[end]! + 1) end += 1;
    parts.push(end === at ? `${indices[at]}` : `${indices[at]}-${indices[end]}`);
    at = end;
  }
  return parts.join(",");
}
