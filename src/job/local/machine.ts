import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism, hostname, totalmem } from "node:os";
import { mib, type MiB } from "#kernel";

/** What this machine is called and what it has. */
export type LocalMachine = { readonly host: string; readonly machine: string; readonly cores: number; readonly memory: MiB };

const BYTES_PER_MIB = 1024 * 1024;

/** Left to the system, PostgreSQL and Headgate itself: an eighth, at least 256 MiB, at most 4 GiB. */
function leftToTheSystem(total: number): number {
  return Math.min(4096, Math.max(256, Math.floor(total / 8)));
}

/** Reads what jobs may use here: the cores this process may run on, and its memory, a container's limit included. */
export function readMachine(): LocalMachine {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const total = Math.floor(bytes / BYTES_PER_MIB);
  return { host: hostname(), machine: machineId(), cores: availableParallelism(), memory: mib(Math.max(1, total - leftToTheSystem(total))) };
}

/** machine-id(5) must not be shown as it is; a hash of it names the machine as well. Without one the host's name has to do. */
function machineId(): string {
  const id = ["/etc/machine-id", "/var/lib/dbus/machine-id"].map(readOrEmpty).find((text) => text !== "") ?? hostname();
  return createHash("sha256").update(`headgate ${id}`).digest("hex").slice(0, 16);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
