import { readdirSync, readFileSync } from "node:fs";

/** What names a process for ever within one boot: its id, and when it was started. */
export type ProcessId = { readonly pid: number; readonly startTicks: bigint };

export type ProcessFacts = ProcessId & { readonly parent: number; readonly session: number; readonly state: string; readonly name: string };

/** The ways to processes, as a port: a test can then say that the machine was started anew. */
export type Processes = {
  /** Null when there is no such process. */
  read(pid: number): ProcessFacts | null;
  all(): ProcessFacts[];
  signal(pid: number, signal: NodeJS.Signals): void;
  /** Whether any process is in this group. */
  groupExists(group: number): boolean;
  /** The environment a process was started with; null when it cannot be read. */
  environment(pid: number): string | null;
  bootId(): string;
};

export const linuxProcesses: Processes = {
  read,
  all: () => readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (read(Number(name)) ?? []) : [])),
  signal: (pid, signal) => {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone since it was looked at: what was wanted has happened.
    }
  },
  groupExists: (group) => {
    try {
      process.kill(-group, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  },
  environment: (pid) => readText(`/proc/${pid}/environ`),
  bootId: () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
};

/** proc(5): the command's name stands in parentheses and may contain anything, so fields are counted after the last one. */
function read(pid: number): ProcessFacts | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  const [state, parent, , session] = fields;
  const start = fields[19];
  if (state === undefined || session === undefined || start === undefined) return null;
  return { pid, state, parent: Number(parent), session: Number(session), startTicks: BigInt(start), name: text.slice(text.indexOf("(") + 1, close) };
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Whether this very process is there and not just its remains. */
export function isAlive(processes: Processes, id: ProcessId): boolean {
  const found = processes.read(id.pid);
  return found !== null && found.startTicks === id.startTicks && found.state !== "Z" && found.state !== "X";
}

/** The variable by which what a job leaves behind is known. */
export const ATTEMPT_VARIABLE = "HEADGATE_ATTEMPT";

/**
 * What is still there of sessions whose leaders are gone. A session's number is not given to a new process while a member lives; a member
 * that was started before its leader, or that carries another attempt's mark, belongs to somebody else and is left alone.
 */
export function leftovers(processes: Processes, wrappers: ReadonlyMap<number, { token: string; startTicks: bigint }>): ProcessFacts[] {
  if (wrappers.size === 0) return [];
  return processes.all().filter((one) => {
    const wrapper = wrappers.get(one.session);
    if (wrapper === undefined || one.startTicks < wrapper.startTicks || one.state === "Z") return false;
    const environment = processes.environment(one.pid);
    return environment === null || environment.includes(`${ATTEMPT_VARIABLE}=${wrapper.token}\0`);
  });
}
