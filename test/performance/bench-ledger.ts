/**
 * npm run bench:ledger: how fast money is reserved, as ratios to pgbench on the same PostgreSQL, socket and durability, in the same run.
 *
 * The peer is pgbench with prepared statements running a hold as people write it by hand (BEGIN, SELECT FOR UPDATE, INSERT, UPDATE, COMMIT) on
 * two bare tables. Ours is the product: four levels of accounts, keys, double entry, the hash chain, and for the HTTP figures the server with tokens.
 * Rounds alternate, the figure is the median of the rounds' ratios, and after each round the sums are added up again.
 *
 * --rounds N (default 5), --seconds N of each measurement (default 3), --holds N (default 1000000) that the journal has for the last figures;
 * --smoke runs everything once and short, to see that it works. Needs pgbench: npm test installs it (Debian: apt-get install postgresql).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ledgerVerifications } from "#budget";
import { verify } from "#db";
import { runHttp, runLibrary } from "./ledger/ours.ts";
import { medianOf, pgbenchMissing, runPgbench } from "./ledger/pgbench.ts";
import { BARE_SCRIPT, checkSums, ledgerPlace, peerScript, serverUp, SPREAD, type Place } from "./ledger/place.ts";
import { residentMib } from "./ledger/processor.ts";

type Plan = { readonly rounds: number; readonly seconds: number; readonly holds: number };
const CALLERS = 64;

function plan(): Plan {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "3" },
      holds: { type: "string", default: "1000000" },
      smoke: { type: "boolean", default: false },
    },
  });
  if (values.smoke) return { rounds: 1, seconds: 1, holds: 2000 };
  return { rounds: Number(values.rounds), seconds: Number(values.seconds), holds: Number(values.holds) };
}

/** hold_many() asked by pgbench for one hold: what the database itself takes of the time of a caller who is alone. */
function singleScript(accounts: readonly string[]): string {
  const names = accounts.slice(0, SPREAD);
  return `\\set place random(1, ${names.length})
\\set key random(1, 9000000000000000)
SELECT hold_id, code, account, available, amount, replayed FROM headgate.hold_many(json_build_array(json_build_object(
  'key', 'pgbench:' || :key, 'id', gen_random_uuid(), 'account', (ARRAY[${names.map((name) => `'${name}'`).join(",")}])[:place], 'unit', 'USD', 'amount', '10000',
  'person', 'bench', 'subject', 'bench', 'by_person', 'bench', 'source', 'bench', 'detail', json_build_object('formula', '[]'::json, 'expected', null))), now());
`;
}

type Ratios = { hot: number; spread: number; http: number; httpHot: number; single: number; bare: number };

async function round(place: Place, seconds: number): Promise<Ratios> {
  const url = place.postgres.url();
  const postmaster = place.postgres.pid();
  const peer = (script: string, clients: number) => runPgbench({ url, postmaster, script, clients, seconds });
  const serverPid = serverPidOf(place);
  const hotPeer = await peer(peerScript(1), CALLERS);
  const hot = await runLibrary(place, place.accounts.slice(0, 1), CALLERS, { seconds });
  const httpHot = await runHttp(place, serverPid, place.accounts.slice(0, 1), CALLERS, seconds);
  const spreadPeer = await peer(peerScript(SPREAD), CALLERS);
  const spread = await runLibrary(place, place.accounts, CALLERS, { seconds });
  const http = await runHttp(place, serverPid, place.accounts, CALLERS, seconds);
  const singlePeer = await peer(singleScript(place.accounts), 1);
  const single = await runLibrary(place, place.accounts, 1, { seconds });
  const bare = await peer(BARE_SCRIPT, 1);
  await checkSums(place.db);
  const us = (value: number) => `${value.toFixed(0)} µs`;
  for (const [name, ours, theirs] of [
    ["hot", hot, hotPeer],
    ["spread", spread, spreadPeer],
  ] as const)
    console.log(
      `  ${name.padEnd(7)}${ours.rate.toFixed(0).padStart(6)}/s   pgbench ${theirs.rate.toFixed(0).padStart(5)}/s   processor time of a hold: database ${us(ours.serverUs)} + caller ${us(ours.clientUs)}, pgbench's ${us(theirs.serverUs)} + ${us(theirs.clientUs)}`,
    );
  for (const [name, ours] of [
    ["http hot", httpHot],
    ["http", http],
  ] as const)
    console.log(
      `  ${name.padEnd(9)}${ours.rate.toFixed(0).padStart(6)}/s   database ${us(ours.serverUs)} + server ${us(ours.nodeUs)} + caller ${us(ours.clientUs)}`,
    );
  console.log(
    `  single  ${single.medianMs.toFixed(2)} ms   pgbench calling hold_many ${singlePeer.medianMs.toFixed(2)} ms, a bare function ${bare.medianMs.toFixed(2)} ms`,
  );
  return {
    hot: hot.rate / hotPeer.rate,
    spread: spread.rate / spreadPeer.rate,
    http: http.rate / spreadPeer.rate,
    httpHot: httpHot.rate / hotPeer.rate,
    single: single.medianMs / singlePeer.medianMs,
    bare: single.medianMs / bare.medianMs,
  };
}

function serverPidOf(place: Place): number {
  return (JSON.parse(readFileSync(join(place.bed.state, "server.json"), "utf8")) as { pid: number }).pid;
}

/** Fills the journal up, kills server and database, and starts them again. */
async function afterMany(place: Place, holds: number): Promise<{ mib: number; restartS: number; entriesPerS: number }> {
  const [row] = await place.db.query<{ count: bigint }>("select count(*) as count from headgate.hold where state = 'open'");
  const missing = holds - Number(row?.count ?? 0n);
  if (missing > 0) await runLibrary(place, place.accounts, 512, { seconds: 900, holds: missing });
  await runHttp(place, serverPidOf(place), place.accounts, CALLERS, 1);
  const mib = residentMib(serverPidOf(place));
  await place.bed.kill("server");
  await place.bed.kill("postgres");
  const restartS = await serverUp(place.bed);
  await place.postgres.ensureRunning();
  await checkSums(place.db);
  const begun = performance.now();
  const results = await verify(place.db, ledgerVerifications());
  const elapsedS = (performance.now() - begun) / 1000;
  const faults = results.flatMap((result) => result.faults);
  if (faults.length > 0) throw new Error(`the ledger is not what it says: ${faults.join("; ")}`);
  const entries = Number(results[0]?.checked ?? 0n);
  for (const result of results) console.log(`  verify  ${(result.elapsedMs / 1000).toFixed(2).padStart(6)} s   ${result.name}`);
  return { mib, restartS, entriesPerS: entries / elapsedS };
}

async function main(): Promise<number> {
  const missing = pgbenchMissing();
  if (missing !== null) {
    console.error(`${missing}; npm test installs what is needed`);
    return 1;
  }
  const { rounds, seconds, holds } = plan();
  const place = await ledgerPlace();
  try {
    console.log(
      `${CALLERS} callers, ${rounds} rounds of ${seconds} s each; pgbench -M prepared -j 2; PostgreSQL ${place.postgres.version}, one Unix socket, fsync and synchronous_commit on`,
    );
    // What is loaded, planned and compiled once is nobody's figure.
    await runLibrary(place, place.accounts, CALLERS, { seconds: seconds * 2 });
    await runHttp(place, serverPidOf(place), place.accounts, CALLERS, seconds * 2);
    const ratios: Ratios[] = [];
    for (let count = 1; count <= rounds; count += 1) {
      console.log(`round ${count}, load ${readFileSync("/proc/loadavg", "utf8").split(" ")[0]}`);
      ratios.push(await round(place, seconds));
    }
    const { mib, restartS, entriesPerS } = await afterMany(place, holds);
    const ratio = (name: keyof Ratios) => medianOf(ratios.map((one) => one[name])).toFixed(2);
    console.log(`hold_hot_vs_pgbench: ${ratio("hot")}`);
    console.log(`hold_spread_vs_pgbench: ${ratio("spread")}`);
    console.log(`hold_http_vs_pgbench: ${ratio("http")}`);
    console.log(`hold_http_hot_vs_pgbench: ${ratio("httpHot")}`);
    console.log(`hold_single_vs_pgbench: ${ratio("single")}`);
    console.log(`hold_single_vs_bare_fn: ${ratio("bare")}`);
    console.log(`server_mib_1e6_holds: ${mib.toFixed(0)}`);
    console.log(`restart_s_1e6_holds: ${restartS.toFixed(2)}`);
    console.log(`verify_entries_per_s: ${entriesPerS.toFixed(0)}`);
    return 0;
  } finally {
    await place.down();
  }
}

process.exitCode = await main();
