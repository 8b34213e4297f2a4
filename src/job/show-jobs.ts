import { can } from "#access";
import { addMs, instantToIso, Problem, type Instant, type Person } from "#kernel";
import { JOB_OUTCOMES, JOB_STATES, type JobCost, type JobDetail, type JobEvent, type JobListQuery, type JobSummary, type JobWhy } from "./contract.ts";
import { findJob, summaryOfFound, type Found, type ReadPorts } from "./find-job.ts";
import { readPool } from "./job-store.ts";
import { heldBack, pendingJobs, served } from "./dispatch-store.ts";
import { listAttempts, listCharges, listFiles, occupied as occupiedNow, type OccupiedRow } from "./attempt-store.ts";
import * as rows from "./read-store.ts";
import { SERVED_HALF_LIFE_MS } from "./schedule.ts";
import { costOf, dependencyState, detailOf, eventOf, summaryOf, taskSummaryOf } from "./view.ts";
import { explainJob } from "./why.ts";

type Page<T> = { readonly items: T[]; readonly next: string | null };
type PageAsk = { readonly limit: number; readonly cursor?: string | undefined };

const ATTEMPTS_SHOWN = 100;
const FILES_SHOWN = 200;
const CHARGES_SHOWN = 1_000;
const QUEUE_LOOKED_AT = 200;

/** Own jobs, those of accounts the person belongs to, and those of an account that is named and may be seen. */
export async function listJobs({ db, clock, rights }: ReadPorts, person: Person, ask: JobListQuery): Promise<Page<JobSummary>> {
  const viewer = await rights.viewer(person);
  const accounts = viewer.memberships.map((one) => one.account);
  if (ask.project !== undefined && !accounts.includes(ask.project)) {
    const path = await rights.accountPath(ask.project);
    if (path !== null && can(viewer, "account.see", { kind: "account", path })) accounts.push(ask.project);
  }
  const sight = viewer.admin ? null : { person: viewer.name, accounts };
  const found = await rows.listJobs(db, {
    sight,
    states: statesOf(ask.state),
    person: ask.person ?? null,
    project: ask.project ?? null,
    app: ask.app ?? null,
    before: numberCursor(ask.cursor),
    limit: ask.limit + 1,
  });
  const items = found.slice(0, ask.limit).map((job) => summaryOf(job, clock.now()));
  return { items, next: found.length > ask.limit ? (items.at(-1)?.number ?? null) : null };
}

/** Words of states and outcomes with commas between; null for all. */
function statesOf(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const known: readonly string[] = [...JOB_STATES, ...JOB_OUTCOMES];
  const words = text.split(",").map((word) => word.trim());
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined)
    throw new Problem("input.invalid", { detail: `"${unknown}" is neither a state nor an outcome of a job`, fix: `Use ${known.join(", ")}.` });
  return words;
}

function numberCursor(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!/^\d{1,18}$/.test(text)) throw new Problem("input.invalid", { detail: "the cursor is not one that was given out" });
  return text;
}

export async function showJob(ports: ReadPorts, person: Person, reference: string): Promise<JobDetail> {
  return detailOfFound(ports, await findJob(ports, person, reference, "job.read"));
}

export async function detailOfFound(ports: ReadPorts, found: Found): Promise<JobDetail> {
  const { reference, job } = found;
  const [summary, attempts, dependencies] = await Promise.all([
    summaryOfFound(ports, found),
    listAttempts(ports.db, job.id, { index: reference.index, limit: ATTEMPTS_SHOWN }),
    rows.listDependencies(ports.db, job.id),
  ]);
  const files = attempts[0] === undefined ? [] : await listFiles(ports.db, attempts[0].token, FILES_SHOWN);
  return detailOf({ summary, job, attempts, files, dependencies });
}

export async function listTasks(ports: ReadPorts, person: Person, reference: string, ask: PageAsk): Promise<Page<JobSummary>> {
  const { job } = await findJob(ports, person, reference, "job.see");
  const cursor = numberCursor(ask.cursor);
  const found = await rows.listTasks(ports.db, job.id, { index: null, after: cursor === null ? null : Number(cursor), limit: ask.limit + 1 });
  const items = found.slice(0, ask.limit).map((task) => taskSummaryOf(job, task, ports.clock.now()));
  return { items, next: found.length > ask.limit ? String(items.at(-1)?.task ?? 0) : null };
}

export async function listEvents(ports: ReadPorts, person: Person, reference: string, ask: PageAsk): Promise<Page<JobEvent>> {
  const { job, reference: read } = await findJob(ports, person, reference, "job.see");
  const found = await rows.listEvents(ports.db, job.id, { index: read.index, after: numberCursor(ask.cursor) ?? "0", limit: ask.limit + 1 });
  const items = found.slice(0, ask.limit).map(eventOf);
  return { items, next: found.length > ask.limit ? (items.at(-1)?.id ?? null) : null };
}

export async function costOfJob(ports: ReadPorts, person: Person, reference: string): Promise<JobCost> {
  const { job, reference: read } = await findJob(ports, person, reference, "job.see");
  return costOf(job, await listCharges(ports.db, job.id, { index: read.index, limit: CHARGES_SHOWN }));
}

/** Why a job waits. The queue is played forward by the rule that the dispatcher uses, on what the database knows. */
export async function whyOfJob(ports: ReadPorts, person: Person, reference: string): Promise<JobWhy> {
  const found = await findJob(ports, person, reference, "job.see");
  const { job } = found;
  const { db, clock } = ports;
  const now = clock.now();
  const [summary, dependencies, pool, occupied, pending, recent, back] = await Promise.all([
    summaryOfFound(ports, found),
    rows.listDependencies(db, job.id),
    readPool(db, job.pool),
    occupiedNow(db, job.pool),
    pendingJobs(db, job.pool, QUEUE_LOOKED_AT, now),
    served(db, job.pool, now, SERVED_HALF_LIFE_MS),
    heldBack(db, job.project),
  ]);
  const { counts } = job;
  const why = explainJob({
    now,
    job: {
      id: job.id,
      number: summary.number,
      label: `${summary.number} ${job.name}`,
      person: job.person,
      project: job.project,
      state: summary.state,
      outcome: summary.outcome,
      reason: summary.reason,
      cores: job.cores,
      memory: job.memory,
      reserved: job.reserved,
      toReserve: job.holdId === null ? job.toReserve : null,
      short: job.shortSince !== null,
      heldBack: back,
      unit: job.unit,
      throttle: job.throttle,
      queued: counts.queued,
      waiting: counts.waiting,
      active: counts.starting + counts.running,
    },
    dependencies: dependencies.map((one) => ({ kind: one.kind, number: one.number, state: dependencyState(one), word: one.outcome ?? one.state })),
    pool,
    running: occupied.map((one) => ({ person: one.person, cores: one.cores, memory: one.memory, startedAt: one.startedAt, endsBy: endOf(one) })),
    pending,
    served: recent,
  });
  return {
    job: summary.number,
    state: summary.state,
    outcome: summary.outcome,
    headline: why.headline,
    waits: why.waits,
    starts_about: why.startsBy === null ? null : instantToIso(why.startsBy),
    looked_at: instantToIso(now),
  };
}

function endOf(one: OccupiedRow): Instant {
  return addMs(one.startedAt, one.occupies);
}
