import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packageRoot } from "#db";
import { answerOf, difference, faultBenchOn, TO_BE_ASKED_AGAIN, type FaultBench, type Totals } from "./bench.ts";
import { killPlace, type KillPlace } from "./kill-place.ts";
import { MOVEMENTS } from "./movements.ts";
import type { Movement } from "./requests.ts";
import type { Outcome, Request } from "./side.ts";

/** Who is killed with -9 at a boundary: all of PostgreSQL, its processes that serve us, or the server process that asks. */
export const VICTIMS = ["postgres", "backend", "server"] as const;
export type Victim = (typeof VICTIMS)[number];

export type KillResult = {
  readonly victim: Victim;
  readonly movement: string;
  /** At which messages something was killed, in order. */
  readonly boundaries: readonly string[];
  /** How many of the requests were answered though somebody died, and how many were only told by their key. */
  readonly answered: number;
  readonly violations: readonly string[];
};

/** Far above the messages of any movement. */
const BOUNDARIES_MAX = 300;

/** Dies with its program: whoever asked is told nothing. */
const SILENCE: Outcome = { answer: null, code: "gone" };

type Run = { readonly bench: FaultBench; readonly place: KillPlace; readonly victim: Victim; readonly servers: Servers };

/**
 * Kills at the boundaries of every movement, one kill a request, and asks the same again afterwards. `every`: only each so-many-th boundary, another
 * first one for each movement, so that a short run sees all parts of a request; 1 is all of them.
 */
export async function killRun(victims: readonly Victim[], every: number, tell: (result: KillResult) => void = () => undefined): Promise<readonly KillResult[]> {
  const place = await killPlace();
  const bench = await faultBenchOn(place);
  const servers = serversOf(bench.proxy.url);
  const results: KillResult[] = [];
  try {
    for (const victim of victims) {
      for (const [index, movement] of MOVEMENTS.entries()) {
        const result = await killAt({ bench, place, victim, servers }, movement, every, 1 + ((index * 3) % every));
        results.push(result);
        tell(result);
      }
    }
  } finally {
    await servers.close();
    await bench.drop();
  }
  return results;
}

async function killAt(run: Run, movement: Movement, every: number, first: number): Promise<KillResult> {
  const { bench, victim } = run;
  const label = `${movement.name.replace(/[^a-z]+/g, "-")}-${victim}`;
  const whole = await movement.request(bench, `${label}-whole`);
  const before = await bench.totals();
  await bench.direct.perform(whole);
  const expected = difference(before, await bench.totals());
  const result = { victim, movement: movement.name, boundaries: [] as string[], answered: 0, violations: [] as string[] };
  for (let boundary = first; boundary <= BOUNDARIES_MAX; boundary += every) {
    const round = await killOnce(run, movement, `${label}-${boundary}`, boundary, expected);
    if (round.at === null) break;
    result.boundaries.push(round.at);
    result.answered += round.answered ? 1 : 0;
    result.violations.push(...round.wrong.map((words) => `${victim} killed at message ${boundary} (${round.at}) of ${movement.name}: ${words}`));
  }
  result.violations.push(...(await bench.faults()).map((fault) => `after ${movement.name}, ${victim} killed: ${fault}`));
  return result;
}

type Round = { readonly at: string | null; readonly answered: boolean; readonly wrong: readonly string[] };

async function killOnce(run: Run, movement: Movement, label: string, boundary: number, expected: Totals): Promise<Round> {
  const { bench, place, victim, servers } = run;
  const request = await movement.request(bench, label);
  const before = await bench.totals();
  const server = victim === "server" ? await servers.take() : null;
  if (server === null) await bench.through.db.query({ text: "select 1", readOnly: true });
  const kills = { postgres: place.killServer, backend: place.killBackends, server: () => server?.kill() };
  bench.proxy.arm(boundary, { instead: () => kills[victim]() });
  const first = server === null ? await bench.ask(bench.through, request) : await server.ask(request);
  const { cut: at } = bench.proxy.disarm();
  await place.bringBack();
  await server?.kill();
  const next = server === null ? null : await servers.take();
  const again = next === null ? await bench.ask(bench.through, request) : await next.ask(request);
  if (next !== null) servers.giveBack(next);
  const wrong = judge(request, first, again);
  const transactions = await bench.transactions(request);
  if (transactions !== movement.transactions) wrong.push(`${transactions} transactions in the journal`);
  const did = JSON.stringify(difference(before, await bench.totals()));
  if (did !== JSON.stringify(expected)) wrong.push(`changed the balances by ${did}, not ${JSON.stringify(expected)}`);
  return { at, answered: first.code === null, wrong };
}

/** Two answers to one request have to be the same; who was told nothing certain is told by the key. */
function judge(request: Request, first: Outcome, again: Outcome): string[] {
  const wrong: string[] = [];
  if (again.code !== null) wrong.push(`asked again it ended in ${again.code}`);
  if (first.code !== null && first.code !== SILENCE.code && !TO_BE_ASKED_AGAIN.includes(first.code)) wrong.push(`ended in ${first.code}`);
  const [told, toldAgain] = [answerOf(request.route, first.answer), answerOf(request.route, again.answer)];
  if (first.code === null && told !== toldAgain) wrong.push(`answered ${told} and then ${toldAgain}`);
  return wrong;
}

type ServerProcess = { ask(request: Request): Promise<Outcome>; kill(): Promise<void> };

/** Server processes: the next one comes up while the one before is at work. */
type Servers = { take(): Promise<ServerProcess>; giveBack(server: ServerProcess): void; close(): Promise<void> };

function serversOf(url: string): Servers {
  const all = new Set<ServerProcess>();
  const ready: Promise<ServerProcess>[] = [];
  const start = async () => {
    const server = await startServer(url);
    all.add(server);
    return server;
  };
  return {
    take: async () => {
      const server = await (ready.pop() ?? start());
      return server;
    },
    giveBack: (server) => ready.push(Promise.resolve(server)),
    close: async () => {
      for (const server of all) await server.kill();
    },
  };
}

async function startServer(url: string): Promise<ServerProcess> {
  const child = spawn(process.execPath, [join(packageRoot, "test", "ledger-faults", "ledger-process.ts"), url], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // Writing to one that died is answered by its silence.
  child.stdin.on("error", () => undefined);
  if ((await lines.next()).value !== "ready") throw new Error("a server process did not come up");
  return {
    ask: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const line = await lines.next();
      return line.done === true ? SILENCE : (JSON.parse(line.value) as Outcome);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
