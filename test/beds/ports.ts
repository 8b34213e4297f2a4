import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Below Linux's ephemeral range (32768 and up), where a client's port may take the one that a daemon is about to bind. */
const PORT_MIN = 20_000;
const PORT_MAX = 32_000;

export type PortBlock = { readonly base: number; release(): void };

/** Reserves `size` neighbouring free ports on the loopback, for this process until `release`. */
export async function freePorts(size: number): Promise<PortBlock> {
  const blocks = Math.floor((PORT_MAX - PORT_MIN) / size);
  const first = process.pid % blocks;
  for (let step = 0; step < blocks; step += 1) {
    const base = PORT_MIN + ((first + step) % blocks) * size;
    const release = claim(base);
    if (release === undefined) continue;
    if (await allFree(base, size)) return { base, release };
    release();
  }
  throw new Error(`no ${size} neighbouring free ports between ${PORT_MIN} and ${PORT_MAX}`);
}

/** Two beds that start at the same moment must not choose the same block: a folder, made by one of them only, says whose it is. */
function claim(base: number): (() => void) | undefined {
  const folder = join(tmpdir(), `headgate-ports-${base}`);
  const release = () => rmSync(folder, { recursive: true, force: true });
  try {
    mkdirSync(folder);
    writeFileSync(join(folder, "pid"), String(process.pid));
    return release;
  } catch {
    if (holderIsDead(folder)) release();
    return undefined;
  }
}

function holderIsDead(folder: string): boolean {
  try {
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function allFree(base: number, size: number): Promise<boolean> {
  for (let port = base; port < base + size; port += 1) {
    if (!(await free(port))) return false;
  }
  return true;
}

function free(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
