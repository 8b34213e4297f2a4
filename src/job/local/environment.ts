import type { JobSpec } from "../job-spec.ts";
import { ATTEMPT_VARIABLE } from "./processes.ts";

/** What a job inherits from the process that runs Headgate. Everything else (tokens, database addresses) stays outside. */
const INHERITED = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "TMPDIR",
  "LD_LIBRARY_PATH",
  "MODULEPATH",
  "MODULESHOME",
] as const;

const PATH_WITHOUT_ANY = "/usr/local/bin:/usr/bin:/bin";

/** The account that jobs run as when Headgate itself is root and such an account is named. */
export type RunAs = { readonly uid: number; readonly gid: number; readonly name: string; readonly home: string };

export type EnvironmentFacts = {
  readonly host: Readonly<Record<string, string | undefined>>;
  readonly runAs: RunAs | null;
  readonly job: {
    readonly id: string;
    readonly number: string;
    readonly name: string;
    readonly project: string;
    readonly person: string;
    readonly cores: number;
    readonly memoryMib: number;
  };
  readonly task: { readonly index: number | null; readonly count: number; readonly attempt: number; readonly token: string };
  readonly spec: Pick<JobSpec, "environment">;
};

/**
 * The environment of a job: a short list from outside, what app and job file set, and Headgate's own last, so that nobody can change what a job is known by.
 * Thread libraries are told the cores that were reserved; without that each takes the whole machine.
 */
export function jobEnvironment(facts: EnvironmentFacts): Record<string, string> {
  const { host, runAs, job, task } = facts;
  const inherited = Object.fromEntries(INHERITED.flatMap((name) => (host[name] === undefined ? [] : [[name, host[name]]])));
  const own = runAs === null ? {} : { HOME: runAs.home, USER: runAs.name, LOGNAME: runAs.name };
  return {
    ...inherited,
    ...own,
    PATH: withoutPackages(host["PATH"]),
    OMP_NUM_THREADS: String(job.cores),
    ...facts.spec.environment,
    HEADGATE_JOB_ID: job.id,
    HEADGATE_JOB: task.index === null ? job.number : `${job.number}_${task.index}`,
    HEADGATE_JOB_NAME: job.name,
    HEADGATE_PROJECT: job.project,
    HEADGATE_PERSON: job.person,
    HEADGATE_CORES: String(job.cores),
    HEADGATE_MEMORY_MIB: String(job.memoryMib),
    HEADGATE_TRY: String(task.attempt),
    ...(task.index === null ? {} : { HEADGATE_TASK: String(task.index), HEADGATE_TASKS: String(task.count) }),
    [ATTEMPT_VARIABLE]: task.token,
  };
}

/** Without the folders that npm puts in front while it runs our own scripts: a job must not get our node. */
function withoutPackages(path: string | undefined): string {
  const folders = (path ?? "").split(":").filter((folder) => folder !== "" && !folder.includes("/node_modules/") && !folder.includes("node-gyp-bin"));
  return folders.length === 0 ? PATH_WITHOUT_ANY : folders.join(":");
}
