import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseMicros, type Micros } from "#kernel";
import { packageRoot } from "#db";
import type { LoadAsk, LoadResult } from "./http-load.ts";
import type { Place } from "./place.ts";
import { medianOf } from "./pgbench.ts";
import { postgresSeconds, processSeconds } from "./processor.ts";

const amount = parseMicros("0.01") as Micros;
let made = 0;

export type OurRun = { readonly rate: number; readonly medianMs: number; readonly serverUs: number; readonly clientUs: number };

/** Callers that each ask for one hold after the other, through the library as the server has it. */
export async function runLibrary(
  place: Place,
  accounts: readonly string[],
  callers: number,
  bound: { readonly seconds: number; readonly holds?: number },
): Promise<OurRun> {
  const latenciesMs: number[] = [];
  const postmaster = place.postgres.pid();
  const [server, client] = [postgresSeconds(postmaster), process.cpuUsage()];
  const begun = performance.now();
  const deadline = begun + bound.seconds * 1000;
  let done = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < deadline && done < (bound.holds ?? Infinity)) {
      const account = accounts[Math.floor(Math.random() * accounts.length)]!;
      const started = performance.now();
      const [answer] = await place.ledger.holdMany([
        { key: `bench:${process.pid}:${(made += 1)}`, account, amount, person: "bench", subject: "job:bench", expiresAt: null, formula: [], expected: null },
      ]);
      if (answer?.kind !== "granted")
        throw new Error(`a hold was refused: ${JSON.stringify(answer, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value))}`);
      done += 1;
      if (callers === 1) latenciesMs.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(client);
  return {
    rate: done / seconds,
    medianMs: callers === 1 ? medianOf(latenciesMs) : 0,
    serverUs: ((postgresSeconds(postmaster) - server) * 1e6) / done,
    clientUs: (user + system) / done,
  };
}

export type HttpRun = { readonly rate: number; readonly serverUs: number; readonly nodeUs: number; readonly clientUs: number };

/** Callers with a connection each, in a process of their own, against the server as a process of its own. */
export async function runHttp(place: Place, serverPid: number, accounts: readonly string[], callers: number, seconds: number): Promise<HttpRun> {
  const { hostname: host, port } = new URL(place.bed.url);
  const ask: LoadAsk = { host, port: Number(port), token: place.token, accounts, callers, seconds, run: `bench-${process.pid}-${(made += 1)}` };
  const postmaster = place.postgres.pid();
  const [server, node] = [postgresSeconds(postmaster), processSeconds(serverPid)];
  const result = await load(ask);
  if (result.other > 0 || result.granted === 0) throw new Error(`${result.granted} holds were granted through HTTP, ${result.other} answers were others`);
  return {
    rate: result.granted / result.seconds,
    serverUs: ((postgresSeconds(postmaster) - server) * 1e6) / result.granted,
    nodeUs: ((processSeconds(serverPid) - node) * 1e6) / result.granted,
    clientUs: result.clientUs,
  };
}

function load(ask: LoadAsk): Promise<LoadResult> {
  const program = join(fileURLToPath(import.meta.url), "..", "http-load.ts");
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, JSON.stringify(ask)], { cwd: packageRoot, timeout: 120_000 }, (error, stdout, stderr) => {
      if (stderr !== "") console.error(stderr);
      if (error === null) resolve(JSON.parse(stdout) as LoadResult);
      else reject(new Error(`the callers failed: ${stderr.slice(-2000)}`, { cause: error }));
    });
  });
}
