import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bytes, count } from "../format.ts";
import { fail, ok, warn, type Finding, type Look } from "./finding.ts";

const run = promisify(execFile);
const PROGRAM_MS_MAX = 5000;
const NODE_MAJOR_MIN = 24;
const OPEN_FILES_MIN = 1024;
const BYTES_PER_MIB = 1024 ** 2;

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

export const lookAtResources: Look = async ({ config }) =>
  judgeResources(
    { cores: availableParallelism(), memoryMib: Math.floor(Math.min(totalmem(), process.constrainedMemory() || Infinity) / BYTES_PER_MIB) },
    config.executor,
  );

export function judgeResources(machine: { cores: number; memoryMib: number }, asked: { cores: number | null; memory: number | null }): Finding {
  const has = `${count(machine.cores, "core")}, ${bytes(machine.memoryMib * BYTES_PER_MIB)}`;
  if (asked.cores !== null && asked.cores > machine.cores)
    return warn("resources", `${has}, but executor.cores is ${asked.cores}`, `Set executor.cores to at most ${machine.cores}: jobs would share cores.`);
  if (asked.memory !== null && asked.memory > machine.memoryMib)
    return fail(
      "resources",
      `${has}, but executor.memory is ${asked.memory} MiB`,
      `Set executor.memory to less than ${machine.memoryMib}M: jobs would run out of memory.`,
    );
  const limited =
    asked.cores === null && asked.memory === null
      ? ""
      : `; jobs may use ${asked.cores ?? machine.cores} cores${asked.memory === null ? "" : ` and ${asked.memory} MiB`}`;
  return ok("resources", has + limited);
}

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
  try {
    const { stdout } = await run("id", ["-u", "--", user], { timeout: PROGRAM_MS_MAX });
    return ok("executor user", `jobs run as ${user} (uid ${stdout.trim()})`);
  } catch {
    return fail("executor user", `there is no user ${user}`, `Make it: useradd --create-home ${user}. Or correct executor.user.`);
  }
};
