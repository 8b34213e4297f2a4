import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { childSeconds, postgresSeconds } from "./processor.ts";

/** Where Debian's postgresql-common puts it on the PATH, and where its package has it. */
const PLACES = ["/usr/bin/pgbench", "/usr/local/bin/pgbench", ...[15, 16, 17, 18, 19].map((major) => `/usr/lib/postgresql/${major}/bin/pgbench`)];

/** Debian's package with pgbench; whatever server it starts is not used. */
export const PGBENCH_PACKAGES = ["postgresql"] as const;

/** Why pgbench cannot be run as one sentence, or null when it can. */
export function pgbenchMissing(): string | null {
  return PLACES.some((place) => existsSync(place)) ? null : `pgbench is not installed (Debian: apt-get install ${PGBENCH_PACKAGES.join(" ")})`;
}

export type PgbenchRun = { readonly rate: number; readonly medianMs: number; readonly serverUs: number; readonly clientUs: number };
export type PgbenchAsk = { readonly url: string; readonly postmaster: number; readonly script: string; readonly clients: number; readonly seconds: number };

/** Runs a script of its own for some seconds. A transaction that failed makes the run fail. */
export async function runPgbench(ask: PgbenchAsk): Promise<PgbenchRun> {
  const program = PLACES.find((place) => existsSync(place));
  if (program === undefined) throw new Error(pgbenchMissing() ?? "");
  const folder = mkdtempSync(join(tmpdir(), "headgate-pgbench-"));
  try {
    const file = join(folder, "script.sql");
    writeFileSync(file, ask.script);
    const single = ask.clients === 1;
    const [server, client] = [postgresSeconds(ask.postmaster), childSeconds()];
    const jobs = ["-M", "prepared", "-n", "-c", String(ask.clients), "-j", String(Math.min(2, ask.clients)), "-T", String(ask.seconds)];
    const output = await outputOf(program, [...jobs, "-f", file, ...(single ? ["-l", "--log-prefix", join(folder, "log")] : []), ask.url]);
    const [usedServer, usedClient] = [postgresSeconds(ask.postmaster) - server, childSeconds() - client];
    const done = numberAfter(/number of transactions actually processed: (\d+)/, output);
    if (done === 0) throw new Error(`pgbench did nothing:\n${output}`);
    return {
      rate: numberAfter(/tps = ([\d.]+)/, output),
      medianMs: single
        ? medianOf(
            readdirSync(folder)
              .filter((name) => name.startsWith("log"))
              .flatMap((name) => latenciesMs(readFileSync(join(folder, name), "utf8"))),
          )
        : 0,
      serverUs: (usedServer * 1e6) / done,
      clientUs: (usedClient * 1e6) / done,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The time of each transaction from pgbench's log, whose third column is microseconds. */
export function latenciesMs(log: string): number[] {
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Number(line.split(" ")[2]) / 1000);
}

export function medianOf(values: readonly number[]): number {
  if (values.length === 0) throw new Error("there is no median of nothing");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function numberAfter(pattern: RegExp, text: string): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`pgbench did not say ${pattern.source}:\n${text}`);
  return Number(found);
}

function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout: 120_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} failed: ${stderr.slice(-2000)}`, { cause: error }));
    });
  });
}
