import { readFile } from "node:fs/promises";

/**
 * Which process a pid meant: pids are used again, so a process is known by pid, start time and the boot it belongs to. Where there is no
 * /proc (macOS) only the pid is known, and a process that happens to have it counts as the same.
 */
export type ProcessIdentity = { readonly pid: number; readonly start: string | null; readonly bootId: string | null };

/** The start time of a process, in clock ticks since boot (proc(5), stat field 22); null when it is gone or there is no /proc. */
async function startTimeOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  // The second field is the program's name in parentheses and may hold anything; the rest begins after the last one.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

async function bootId(): Promise<string | null> {
  return readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}

export async function thisProcess(): Promise<ProcessIdentity> {
  return { pid: process.pid, start: await startTimeOf(process.pid), bootId: await bootId() };
}

/** Whether that very process is still there. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (!pidExists(identity.pid)) return false;
  if (identity.start === null) return true;
  return identity.bootId === (await bootId()) && identity.start === (await startTimeOf(identity.pid));
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
