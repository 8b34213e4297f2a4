import { readdirSync, readFileSync } from "node:fs";

/*
 * Processor time from /proc, in seconds: what a piece of work cost, whoever else uses the machine.
 */

/** Of Linux on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Fields after the name, which may hold spaces and brackets: parent is the second, times of its own and of children that ended the 12th to 15th. */
function fieldsOf(pid: number | "self"): number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
  } catch {
    return undefined;
  }
}

/** Of one process without its children. */
export function processSeconds(pid: number): number {
  const fields = fieldsOf(pid);
  return fields === undefined ? 0 : (fields[11]! + fields[12]!) / TICKS_PER_SECOND;
}

/** Of the children of this process that have ended. */
export function childSeconds(): number {
  const fields = fieldsOf("self");
  return fields === undefined ? 0 : (fields[13]! + fields[14]!) / TICKS_PER_SECOND;
}

/** Of a PostgreSQL server with all its processes, also those that have ended. */
export function postgresSeconds(postmaster: number): number {
  const own = fieldsOf(postmaster);
  let seconds = own === undefined ? 0 : (own[11]! + own[12]! + own[13]! + own[14]!) / TICKS_PER_SECOND;
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (Number.isInteger(pid) && fieldsOf(pid)?.[1] === postmaster) seconds += processSeconds(pid);
  }
  return seconds;
}

/** Resident memory of a process in MiB. */
export function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib ?? Number.NaN) / 1024;
}
