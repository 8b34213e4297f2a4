import { createHash } from "node:crypto";
import { access, constants, stat } from "node:fs/promises";
import { can } from "#access";
import type { Ledger } from "#budget";
import type { Database } from "#db";
import { documentOrProblem, byPlace } from "#document";
import {
  isProblemCode,
  micros,
  milliseconds,
  newId,
  Problem,
  type Clock,
  type Fault,
  type Micros,
  type Milliseconds,
  type Person,
  type ProblemCode,
  type Randomness,
} from "#kernel";
import type { JobSubmission } from "./contract.ts";
import { holdJobs } from "./hold-job.ts";
import { readJobFile, type JobRequest, type ReadJobFile } from "./job-file.ts";
import * as store from "./job-store.ts";
import { applyOverrides } from "./overrides.ts";
import { planJob, type PlannedJob } from "./plan-job.ts";
import { quotedPrice, workOf } from "./use-quote.ts";
import type { JobApps, JobRights, Pricing, Quote, RunEstimate, RunEstimator } from "./ports.ts";

/** After TERM at its time limit a job has this long before KILL; it is in the reservation. */
export const GRACE_MS = milliseconds(10_000);

/** Jobs in the queue at once: a bound against a loop that submits. An array counts as one. */
const OPEN_JOBS_MAX = 20_000;
const OPEN_JOBS_PER_PERSON_MAX = 5_000;

/** Inputs looked for when a job is submitted; the rest is found out when it starts. */
const INPUTS_CHECKED_MAX = 100;

export type SubmitPorts = {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly apps: JobApps;
  readonly pricing: Pricing;
  readonly estimator: RunEstimator;
  readonly rights: JobRights;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly pool: string;
  /** Default 10 s. */
  readonly grace?: Milliseconds;
};

/** A submission that could be run, with its price; nothing has been written. */
export type Prepared = {
  readonly request: JobRequest;
  readonly plan: PlannedJob;
  readonly project: string;
  readonly quote: Quote;
  readonly runTime: RunEstimate;
  readonly expected: Micros | null;
  readonly dependencies: readonly { readonly jobId: string; readonly kind: string }[];
  readonly warnings: readonly Fault[];
};

/** Reads a submission and everything it names. Throws `input.invalid` with every fault at once. */
export async function prepareSubmission(ports: SubmitPorts, person: Person, submission: JobSubmission): Promise<Prepared> {
  const file = readJobFile(submission.text, submission.file);
  const { request, faults: flags } = applyOverrides(file.request, submission.overrides);
  const pool = await store.readPool(ports.db, ports.pool);
  const planning = planJob(request, file.document, ports.apps, pool, submission.folder ?? null);
  const [project, dependencies, inputs] = await Promise.all([
    findProject(ports, person, { named: request.project, usual: submission.default_project ?? null }, file),
    findDependencies(ports, person, request, file),
    inputFaults(planning.plan, request, file),
  ]);
  const faults = byPlace([...file.faults, ...flags, ...planning.faults, ...project.faults, ...dependencies.faults, ...inputs]);
  if (faults.some((fault) => fault.severity === "error") || planning.plan === null)
    documentOrProblem({ ...file.document, value: undefined, faults: [] }, faults);
  const plan = planning.plan!;
  const quote = await priceOf(ports, plan, { project: project.name, retries: request.retry.count, quote: submission.quote ?? null });
  const runTime = await ports.estimator.estimate({
    app: plan.app,
    case: plan.case,
    parameters: plan.spec.parameters,
    parametersHash: plan.parametersHash,
    cores: plan.cores,
    timeLimit: plan.timeLimit,
    plan: plan.spec.plan,
  });
  const one = runTime.likely === null ? null : ports.pricing.charge({ formula: quote.formula, unit: quote.unit, elapsed: runTime.likely }).amount;
  const expected = one === null ? null : micros(one * BigInt(plan.tasks));
  return { request, plan, project: project.name, quote, runTime, expected, dependencies: dependencies.found, warnings: faults };
}

/** By the rates that were promised where a quote is named, else by those of now. */
function priceOf(
  ports: SubmitPorts,
  plan: PlannedJob,
  { project, retries, quote }: { readonly project: string; readonly retries: number; readonly quote: string | null },
): Promise<Quote> {
  return quote === null ? quoteOf(ports, project, plan, retries) : quotedPrice(ports, quote, { account: project, work: workOf(plan, retries) });
}

export function quoteOf(
  ports: Pick<SubmitPorts, "pricing" | "clock" | "grace">,
  account: string,
  plan: Pick<PlannedJob, "cores" | "memory" | "timeLimit" | "tasks">,
  retries: number,
): Promise<Quote> {
  return ports.pricing.quote({
    account,
    cores: plan.cores,
    memory: plan.memory,
    timeLimit: plan.timeLimit,
    grace: ports.grace ?? GRACE_MS,
    times: plan.tasks * (retries + 1),
    at: ports.clock.now(),
  });
}

export type SubmitOptions = { readonly key: string; readonly retryOf: string | null };

export type Submitted = { readonly number: string; readonly warnings: readonly Fault[] };

/** Throws `input.invalid`, `job.queue-full`, `idempotency.mismatch`, and what the ledger refuses with. */
export async function submitJob(ports: SubmitPorts, person: Person, submission: JobSubmission, options: SubmitOptions): Promise<Submitted> {
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([submission, options.retryOf]))
    .digest("hex");
  const before = await store.jobByKey(ports.db, options.key);
  if (before !== null) return { number: await again(ports, before, fingerprint), warnings: [] };
  const prepared = await prepareSubmission(ports, person, submission);
  await demandRoom(ports, person);
  const job = newJob(ports, person, submission, prepared, { ...options, fingerprint });
  const made = await store.insertJob(ports.db, job);
  if (made === null) {
    const taken = await store.jobByKey(ports.db, options.key);
    if (taken === null) throw new Problem("internal", { detail: "a key was taken and is not there" });
    return { number: await again(ports, taken, fingerprint), warnings: prepared.warnings };
  }
  const [refusal] = await holdJobs(ports, [{ ...job, ...made, charges: job.tasks * (job.retry.count + 1) }]);
  if (refusal !== null && refusal !== undefined) throw refusalProblem(refusal);
  return { number: made.number, warnings: prepared.warnings };
}

/** The same key once more: the same job, wherever it has got to. */
async function again(ports: SubmitPorts, before: store.SubmittedRow, fingerprint: string): Promise<string> {
  if (before.fingerprint !== fingerprint)
    throw new Problem("idempotency.mismatch", { detail: `the key was used for job ${before.number}, which is another one` });
  if (before.refusal !== null) throw refusalProblem(before.refusal);
  if (before.state !== "submitted") return before.number;
  const unheld = await store.unheldJob(ports.db, before.id);
  const [refusal] = unheld === null ? [null] : await holdJobs(ports, [unheld]);
  if (refusal !== null && refusal !== undefined) throw refusalProblem(refusal);
  return before.number;
}

export function refusalProblem(refusal: store.Refusal): Problem {
  const code: ProblemCode = isProblemCode(refusal.code) ? refusal.code : "internal";
  return new Problem(code, { detail: refusal.detail, fix: refusal.fix, facts: refusal.facts });
}

function newJob(
  ports: SubmitPorts,
  person: Person,
  submission: JobSubmission,
  prepared: Prepared,
  options: SubmitOptions & { fingerprint: string },
): store.NewJob {
  const { plan, request, quote } = prepared;
  return {
    id: newId(ports.clock, ports.randomness),
    key: options.key,
    fingerprint: options.fingerprint,
    name: plan.name,
    person: person.name,
    project: prepared.project,
    app: plan.app,
    case: plan.case,
    parametersHash: plan.parametersHash,
    spec: plan.spec,
    submission,
    quote: submission.quote ?? null,
    pool: ports.pool,
    cores: plan.cores,
    memory: plan.memory,
    timeLimitS: plan.timeLimit,
    graceMs: ports.grace ?? GRACE_MS,
    arraySpec: request.array?.text ?? null,
    throttle: request.array?.throttle ?? null,
    tasks: plan.tasks,
    retry: request.retry,
    retryOf: options.retryOf,
    unit: quote.unit,
    reserved: quote.amount,
    expected: prepared.expected,
    formula: quote.formula,
    formulaWords: quote.words,
    runEstimate: storedEstimate(prepared),
    submittedAt: ports.clock.now(),
    dependencies: prepared.dependencies,
  };
}

export function storedEstimate({ runTime, quote }: Pick<Prepared, "runTime" | "quote">): store.StoredEstimate {
  return { low_ms: runTime.low, likely_ms: runTime.likely, high_ms: runTime.high, basis: runTime.basis, free: quote.free };
}

async function demandRoom(ports: SubmitPorts, person: Person): Promise<void> {
  const open = await store.countOpen(ports.db, ports.pool, person.name, { all: OPEN_JOBS_MAX, own: OPEN_JOBS_PER_PERSON_MAX });
  if (open.own >= OPEN_JOBS_PER_PERSON_MAX)
    throw new Problem("job.queue-full", {
      detail: `${person.name} has ${open.own} jobs in the queue already`,
      fix: "Wait until some have ended; an array counts as one job.",
    });
  if (open.all >= OPEN_JOBS_MAX) throw new Problem("job.queue-full", { detail: `there are ${open.all} jobs in the queue already` });
}

/** What the file or the line names; else what the person's settings name where the job is submitted; else the default kept with the person. */
async function findProject(
  ports: SubmitPorts,
  person: Person,
  { named, usual }: { readonly named: string | null; readonly usual: string | null },
  file: ReadJobFile,
): Promise<{ name: string; faults: Fault[] }> {
  const name = named ?? usual ?? (await ports.rights.defaultProject(person.name));
  if (name === null)
    return {
      name: "",
      faults: [
        file.document.fault("key.missing", [], "no project is named, and there is no default", { fix: "Add project; headgate budget status shows yours." }),
      ],
    };
  const [path, viewer] = await Promise.all([ports.rights.accountPath(name), ports.rights.viewer(person)]);
  if (path !== null && can(viewer, "account.use", { kind: "account", path })) return { name, faults: [] };
  const words = `there is no project "${name}" that ${person.name} may use`;
  const fix =
    named === null && usual !== null
      ? "headgate config show names where it comes from; headgate budget status shows yours."
      : "headgate budget status shows yours.";
  return { name, faults: [file.document.fault("reference.unknown", ["project"], words, { fix })] };
}

async function findDependencies(
  ports: SubmitPorts,
  person: Person,
  request: JobRequest,
  file: ReadJobFile,
): Promise<{ found: { jobId: string; kind: string }[]; faults: Fault[] }> {
  if (request.dependencies.length === 0) return { found: [], faults: [] };
  const known = new Map(
    (
      await store.jobsByNumber(
        ports.db,
        request.dependencies.map((one) => one.number),
      )
    ).map((job) => [job.number, job]),
  );
  const viewer = await ports.rights.viewer(person);
  const found: { jobId: string; kind: string }[] = [];
  const faults: Fault[] = [];
  for (const { kind, number } of request.dependencies) {
    const job = known.get(number);
    const path = job === undefined ? null : ((await ports.rights.accountPath(job.project)) ?? [job.project]);
    if (job !== undefined && path !== null && can(viewer, "job.see", { kind: "job", owner: job.person, path })) found.push({ jobId: job.id, kind });
    else
      faults.push(
        file.document.fault("reference.unknown", ["depends_on", kind], `there is no job ${number}`, { fix: "headgate job list shows what there is." }),
      );
  }
  return { found, faults };
}

async function inputFaults(plan: PlannedJob | null, request: JobRequest, file: ReadJobFile): Promise<Fault[]> {
  if (plan === null) return [];
  // Files given through parameters come before those of `inputs`.
  const first = plan.spec.inputs.length - request.inputs.length;
  const checked = await Promise.all(
    plan.spec.inputs.slice(0, INPUTS_CHECKED_MAX).map(async ({ source, path }, index) => {
      const wrong = await inputFault(source);
      if (wrong === null) return [];
      const at = index < first ? ["parameters"] : ["inputs", index - first];
      return [file.document.fault(wrong.code, at, `${source} (${path}) ${wrong.words}`)];
    }),
  );
  return checked.flat();
}

/** What keeps a path from being copied in, as this process sees it; the job's own account may still see less. */
async function inputFault(source: string): Promise<{ readonly code: ProblemCode; readonly words: string } | null> {
  try {
    const found = await stat(source);
    if (!found.isFile() && !found.isDirectory()) return { code: "job.input-unsuitable", words: "is neither a file nor a folder" };
    await access(source, constants.R_OK);
    return null;
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "";
    if (reason === "ENOENT" || reason === "ENOTDIR") return { code: "job.input-missing", words: "is not there" };
    return { code: "job.input-unreadable", words: `cannot be read here (${reason === "ELOOP" ? "its links lead round in a circle" : reason})` };
  }
}
