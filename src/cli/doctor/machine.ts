import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { openMemoryFence, readMachine, readSystemUser } from "#job";
import { formatMemory, type MiB } from "#kernel";
import { count } from "../format.ts";
import { fail, ok, warn, type Finding, type Look } from "./finding.ts";

const run = promisify(execFile);
const PROGRAM_MS_MAX = 5000;
const NODE_MAJOR_MIN = 24;
const OPEN_FILES_MIN = 1024;

export const lookAtNode: Look = async () => {
  const words = `${process.versions.node} at ${process.execPath}`;
  return Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN
    ? ok("node", words)
    : fail("node", words, `Start Headgate with Node ${NODE_MAJOR_MIN} or newer.`);
};

export const lookAtSystem: Look = async () => {
  const words = `${process.platform} ${process.arch}`;
  if (process.platform !== "linux") return fail("system", words, "Use a Linux machine, or a Linux container on this one.");
  // A process is known again by its pid, its start time and the boot; without /proc it could be another one.
  const proc = ["/proc/self/stat", "/proc/sys/kernel/random/boot_id"].find((path) => !existsSync(path));
  return proc === undefined ? ok("system", words) : fail("system", `${words}, but ${proc} is not there`, "Mount /proc: jobs are known by it after a restart.");
};

/** The clock decides when holds run out and sessions end. It cannot be before the day this program was built. */
export const lookAtClock: Look = async ({ root }) => judgeClock(Date.now(), statSync(join(root, "package.json")).mtimeMs);

const DAY_MS = 86_400_000;

export function judgeClock(now: number, builtAt: number): Finding {
  const shown = new Date(now).toISOString();
  return now < builtAt - DAY_MS
    ? fail("clock", `${shown}, which is before this program was made`, "Set the clock: timedatectl set-ntp true.")
    : ok("clock", shown);
}

/** The wrapper around each job counts on GNU's timeout: TERM, then KILL ten seconds later. */
export const lookAtTimeout: Look = async ({ surroundings }) => {
  try {
    const { stdout } = await run("timeout", ["--version"], { timeout: PROGRAM_MS_MAX, env: { ...surroundings.environment, LC_ALL: "C" } });
    const line = stdout.split("\n")[0]!;
    await run("timeout", ["-k", "1", "4", "true"], { timeout: PROGRAM_MS_MAX });
    return ok("timeout", line);
  } catch (error) {
    return fail(
      "timeout",
      `the program timeout does not work: ${(error as Error).message.split("\n")[0]}`,
      "Install coreutils (Debian: apt-get install coreutils).",
    );
  }
};

export const lookAtResources: Look = async ({ config }) => judgeResources(readMachine(), config.executor);

export function judgeResources(
  machine: { readonly cores: number; readonly memory: MiB },
  asked: { readonly cores: number | null; readonly memory: MiB | null },
): Finding {
  const has = `${count(machine.cores, "core")} and ${formatMemory(machine.memory)} for jobs`;
  if (asked.cores !== null && asked.cores > machine.cores) {
    return warn("resources", `${has}, but executor.cores is ${asked.cores}`, `Set executor.cores to at most ${machine.cores}: jobs would share cores.`);
  }
  if (asked.memory !== null && asked.memory > machine.memory) {
    return fail(
      "resources",
      `${has}, but executor.memory is ${formatMemory(asked.memory)}`,
      `Set executor.memory to at most ${machine.memory}M: jobs would run out of memory.`,
    );
  }
  const limits = [asked.cores === null ? null : count(asked.cores, "core"), asked.memory === null ? null : formatMemory(asked.memory)].filter(
    (one) => one !== null,
  );
  return ok("resources", limits.length === 0 ? has : `${has}; the settings allow ${limits.join(" and ")}`);
}

/** Whether a job can be held to the memory it reserved; tried out with a real process. */
export const lookAtMemoryLimit: Look = async () => {
  const { words, enforced } = await openMemoryFence("doctor");
  if (enforced) return ok("memory limit", `enforced by ${words}`);
  return warn(
    "memory limit",
    `${words}: a job that takes more than it asked for takes it from the others`,
    "Run Headgate as root, or as a systemd service with Delegate=memory.",
  );
};

export const lookAtOpenFiles: Look = async () => {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  if (limit === undefined || Number(limit) >= OPEN_FILES_MIN) return ok("open files", limit === undefined ? "no limit" : `at most ${limit}`);
  return warn("open files", `at most ${limit}`, `Raise the limit: ulimit -n ${OPEN_FILES_MIN}.`);
};

/** As root jobs may be given to another user; one that is named has to exist. */
export const lookAtExecutorUser: Look = async ({ config }) => {
  const { user } = config.executor;
  const root = process.getuid?.() === 0;
  if (user === null)
    return root
      ? warn("executor user", "jobs run as root", "Set executor.user to a user without rights, or run Headgate as one.")
      : ok("executor user", "jobs run as you");
  if (!root) return warn("executor user", `executor.user is ${user}, which only root can change to`, "Run Headgate as root, or take executor.user away.");
  const { uid, home } = await readSystemUser(user);
  return ok("executor user", `jobs run as ${user} (uid ${uid}, home ${home})`);
};
