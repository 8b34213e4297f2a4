import { createHash } from "node:crypto";
import { basename, isAbsolute, join } from "node:path";
import type { ReadDocument } from "#document";
import { formatMemory, invariant, mib, nearest, seconds, type Fault, type MiB, type Seconds } from "#kernel";
import type { JobRequest } from "./job-file.ts";
import type { JobSpec } from "./job-spec.ts";
import type { AppPlan, JobApps } from "./ports.ts";
import type { PoolSize } from "./schedule.ts";

/** A command that says nothing about memory gets this for each of its cores. */
const COMMAND_MEMORY_PER_CORE_MIB = 512;

/** A job as it will run, before money and accounts are asked. */
export type PlannedJob = {
  readonly name: string;
  readonly app: string | null;
  readonly case: string | null;
  readonly cores: number;
  readonly memory: MiB;
  readonly timeLimit: Seconds;
  readonly tasks: number;
  readonly parametersHash: string;
  readonly spec: JobSpec;
};

export type Planning = { readonly plan: PlannedJob | null; readonly faults: readonly Fault[] };

/** Brings a request, the app it names and the machine together. `plan` is null when something is missing or wrong; every reason is in `faults`. */
export function planJob(
  request: JobRequest,
  document: ReadDocument<unknown>,
  apps: Pick<JobApps, "names" | "find">,
  pool: PoolSize | null,
  folder: string | null,
): Planning {
  const faults: Fault[] = [];
  const running = request.app === null ? commandPlan(request) : appPlan(request, document, apps, faults);
  if (running !== null && pool !== null) faults.push(...sizeFaults(running, pool, document));
  const inputs = stagedInputs(request, running?.given ?? [], document, folder, faults);
  if (running === null) return { plan: null, faults };
  const spec: JobSpec = {
    version: 1,
    command: [...running.command],
    parameters: running.parameters,
    environment: { ...running.environment, ...request.environment },
    inputs,
    outputs: [...new Set([...running.outputs, ...request.outputs])],
    plan: running.plan,
    folder,
  };
  const plan: PlannedJob = {
    name: request.name ?? usualName(request, running.command),
    app: request.app,
    case: request.case,
    cores: running.cores,
    memory: running.memory,
    timeLimit: running.timeLimit,
    tasks: request.array?.indices.length ?? 1,
    parametersHash: hashOf(request, running),
    spec,
  };
  return { plan, faults };
}

function commandPlan(request: JobRequest): AppPlan | null {
  if (request.command === null || request.timeLimit === null) return null;
  const cores = request.cores ?? 1;
  return {
    kind: "plan",
    cores,
    memory: request.memory ?? mib(cores * COMMAND_MEMORY_PER_CORE_MIB),
    timeLimit: request.timeLimit,
    parameters: {},
    command: request.command,
    environment: {},
    given: [],
    outputs: [],
    plan: null,
  };
}

function appPlan(request: JobRequest, document: ReadDocument<unknown>, apps: Pick<JobApps, "names" | "find">, faults: Fault[]): AppPlan | null {
  const name = request.app;
  invariant(name !== null, "an app plan is made for a request with an app");
  const app = apps.find(name);
  if (app === undefined) {
    const guess = nearest(name, apps.names());
    faults.push(
      document.fault("app.not-found", ["app"], `there is no app "${name}"`, {
        fix: guess === undefined ? "headgate app list shows them." : `Did you mean ${guess}?`,
      }),
    );
    return null;
  }
  if (request.case !== null && !app.cases.includes(request.case)) {
    const guess = nearest(request.case, app.cases);
    faults.push(
      document.fault("app.case-unknown", ["case"], `${name} has no case "${request.case}"`, {
        fix: guess === undefined ? `Its cases are ${app.cases.join(", ") || "none"}.` : `Did you mean ${guess}?`,
      }),
    );
  }
  const knownCase = request.case !== null && app.cases.includes(request.case) ? request.case : null;
  const prepared = app.prepare({ case: knownCase, parameters: request.parameters, cores: request.cores, memory: request.memory, timeLimit: request.timeLimit });
  if (prepared.kind === "plan") return knownCase === request.case ? prepared : null;
  for (const fault of prepared.faults) {
    // Without its case an app may miss values that the case would have given: those are not the author's fault.
    if (knownCase !== request.case && fault.at === "value" && !Object.hasOwn(request.parameters, String(fault.path[1]))) continue;
    faults.push(document.fault(fault.code, fault.path, fault.message, { at: fault.at, ...(fault.fix === null ? {} : { fix: fault.fix }) }));
  }
  return null;
}

function sizeFaults(plan: Pick<AppPlan, "cores" | "memory">, pool: PoolSize, document: ReadDocument<unknown>): Fault[] {
  const faults: Fault[] = [];
  if (plan.cores > pool.cores)
    faults.push(
      document.fault("job.too-large", ["resources", "cores"], `${plan.cores} cores are asked for; this machine has ${pool.cores} for jobs`, {
        fix: `Ask for at most ${pool.cores}.`,
      }),
    );
  if (plan.memory > pool.memory) {
    faults.push(
      document.fault(
        "job.too-large",
        ["resources", "memory"],
        `${formatMemory(plan.memory)} is asked for; this machine has ${formatMemory(pool.memory)} for jobs`,
        { fix: `Ask for at most ${pool.memory}M.` },
      ),
    );
  }
  return faults;
}

function stagedInputs(
  request: JobRequest,
  given: AppPlan["given"],
  document: ReadDocument<unknown>,
  folder: string | null,
  faults: Fault[],
): JobSpec["inputs"] {
  function absolute(path: string, at: readonly (string | number)[]): string {
    if (isAbsolute(path)) return path;
    if (folder !== null) return join(folder, path);
    faults.push(document.fault("job.input-missing", at, `"${path}" is relative, and it is not known to what`, { fix: "Give an absolute path." }));
    return path;
  }
  return [
    ...given.map((file) => ({ source: absolute(file.from, ["parameters", file.parameter]), path: file.path, sha256: null })),
    ...request.inputs.map((input, index) => ({ source: absolute(input.path, ["inputs", index]), path: input.as, sha256: input.sha256 })),
  ];
}

function usualName(request: JobRequest, command: readonly string[]): string {
  if (request.app !== null) return request.case === null ? request.app : `${request.app}/${request.case}`;
  const first = basename(command[0] ?? "");
  return (first === "sh" && command[1] === "-c" ? "script" : first).replaceAll(/\p{Cc}/gu, "").slice(0, 120) || "command";
}

/** Runs with the same hash do the same work: what the run time is learned by. */
function hashOf(request: JobRequest, plan: AppPlan): string {
  const what = plan.plan === null ? { command: plan.command } : { app: request.app, parameters: sorted(plan.parameters) };
  return createHash("sha256").update(JSON.stringify(what)).digest("hex");
}

function sorted(values: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The longest time limit whose price still fits, in whole minutes from two minutes on; null when less than a minute would. `priceOf` rises with time. */
export function longestAffordable(limit: Seconds, affordable: (timeLimit: Seconds) => boolean): Seconds | null {
  let [low, high] = [0, Number(limit)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (affordable(seconds(middle))) low = middle;
    else high = middle - 1;
  }
  if (low < 60) return null;
  return seconds(low >= 120 ? low - (low % 60) : low);
}
