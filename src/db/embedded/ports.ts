import { createServer } from "node:net";
import { Problem } from "#kernel";

/** Below the range from which Linux picks ports for outgoing connections (32768 on), so that a restart finds its port free again. */
const PORT_MIN = 15_432;
const PORT_MAX = 32_000;

/** Ports tried before giving up: of sixteen thousand, so many taken in a row is no chance. */
export const PORTS_TRIED_MAX = 20;

/** A loopback port that is free now. It may be taken before it is used: whoever uses it tries again. Throws Problem `db.start-failed`. */
export async function freePort(random: () => number = Math.random, isFree: (port: number) => Promise<boolean> = canListen): Promise<number> {
  for (let attempt = 0; attempt < PORTS_TRIED_MAX; attempt += 1) {
    const port = PORT_MIN + Math.floor(random() * (PORT_MAX - PORT_MIN));
    if (await isFree(port)) return port;
  }
  throw new Problem("db.start-failed", { detail: `${PORTS_TRIED_MAX} ports between ${PORT_MIN} and ${PORT_MAX} were taken` });
}

async function canListen(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
