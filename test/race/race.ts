import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ledgerVerifications, openAccounts, type Accounts } from "#budget";
import { packageRoot, verify, type OpenDatabase } from "#db";
import { micros, systemClock } from "#kernel";
import { countRequests, PRICE, requestsEach, type Outcome } from "./requests.ts";

/** A node of the tree: how many reservations fit its limit. */
type Node = { readonly name: string; readonly fits: number; readonly below?: readonly Node[] };

export type LevelResult = { readonly account: string; readonly depth: number; readonly fits: number; readonly held: number; readonly exact: boolean };
export type RaceResult = {
  readonly requests: number;
  readonly granted: number;
  readonly expected: number;
  readonly levels: readonly LevelResult[];
  /** Refusals by code and level, of all processes. */
  readonly refused: Readonly<Record<string, number>>;
  /** Shared keys for which the processes were told different things. */
  readonly contradictions: readonly string[];
  readonly faults: readonly string[];
  readonly elapsedMs: number;
};

const RACERS = 2;
const CALLERS = 64;
const KINDS = ["institution", "department", "project", "person"] as const;

/**
 * Two roots with four levels each. In the first, which level binds differs from branch to branch (a department, its projects, or the people), and
 * the root fits exactly what those together take; in the second the root binds all. Limits in a tree bind the same number whatever the order
 * of arrival, so that exactly one count is right at each level that binds.
 */
function trees(unit: number): readonly Node[] {
  const people = (project: string, ...fits: readonly number[]) => fits.map((fit, index) => ({ name: `${project}-${index + 1}`, fits: fit * unit }));
  const plenty = [100, 100] as const;
  return [
    {
      name: "race-uni",
      fits: 40 * unit,
      below: [
        {
          name: "race-by-department",
          fits: 11 * unit,
          below: ["p1", "p2"].map((name) => ({ name: `race-d-${name}`, fits: 50 * unit, below: people(`race-d-${name}`, ...plenty) })),
        },
        {
          name: "race-by-project",
          fits: 60 * unit,
          below: [
            { name: "race-p1", fits: 4 * unit, below: people("race-p1", ...plenty) },
            { name: "race-p2", fits: 7 * unit, below: people("race-p2", ...plenty) },
          ],
        },
        {
          name: "race-by-person",
          fits: 70 * unit,
          below: [
            { name: "race-q1", fits: 80 * unit, below: people("race-q1", 2, 5) },
            { name: "race-q2", fits: 80 * unit, below: people("race-q2", 3, 8) },
          ],
        },
      ],
    },
    {
      name: "race-college",
      fits: 9 * unit,
      below: [{ name: "race-c-dept", fits: 30 * unit, below: [{ name: "race-c-project", fits: 20 * unit, below: people("race-c-project", 12, 15) }] }],
    },
  ];
}

/** Which levels bind, and so have to be full to the last reservation. */
const BINDING = new Set(["race-uni", "race-by-department", "race-p1", "race-p2", "race-q1-1", "race-q1-2", "race-q2-1", "race-q2-2", "race-college"]);

/** Lets two processes with a ledger each race with about `requests` reservations for a tree that fits a third of them. */
export async function race(db: OpenDatabase, url: string, requests: number): Promise<RaceResult> {
  const accounts = openAccounts({ db, clock: systemClock, source: "race" });
  const roots = trees(Math.floor(requests / 160));
  for (const root of roots) await open(accounts, root, null, 0);
  const leaves = roots.flatMap(leavesOf);
  const each = requestsEach(requests, RACERS);
  const begun = performance.now();
  const outcomes = await runRacers("racer.ts", url, each, leaves);
  const elapsedMs = performance.now() - begun;
  const levels = await Promise.all(roots.flatMap((root) => flatten(root, 0)).map((node) => levelResult(accounts, node)));
  return {
    requests: countRequests(each, RACERS),
    granted: outcomes.reduce((sum, { granted }) => sum + Object.values(granted).reduce((a, b) => a + b, 0), 0),
    expected: roots.reduce((sum, root) => sum + root.fits, 0),
    levels,
    refused: mergeCounts(outcomes.map(({ refused }) => refused)),
    contradictions: Object.keys(outcomes[0]!.shared).filter((key) => outcomes.some(({ shared }) => shared[key] !== outcomes[0]!.shared[key])),
    faults: (await verify(db, ledgerVerifications())).flatMap((result) => result.faults),
    elapsedMs,
  };
}

async function open(accounts: Accounts, node: Node, parent: string | null, depth: number): Promise<void> {
  const { name, fits } = node;
  // A remainder below one reservation's price must not let another one in.
  const allocated = micros(PRICE * BigInt(fits) + (PRICE - 1n));
  await accounts.create({ name, title: null, kind: KINDS[depth]!, parent, allocated, startsAt: null, endsAt: null }, "owner", `open:${name}`);
  for (const child of node.below ?? []) await open(accounts, child, name, depth + 1);
}

function leavesOf(node: Node): string[] {
  return node.below === undefined ? [node.name] : node.below.flatMap(leavesOf);
}

function flatten(node: Node, depth: number): (Node & { readonly depth: number })[] {
  return [{ ...node, depth }, ...(node.below ?? []).flatMap((child) => flatten(child, depth + 1))];
}

async function levelResult(accounts: Accounts, { name, fits, depth }: Node & { readonly depth: number }): Promise<LevelResult> {
  const { held, spent, leased, overrun } = await accounts.get(name);
  const count = Number(held) / Number(PRICE);
  const only = spent === 0n && leased === 0n && overrun === 0n && Number.isInteger(count);
  return { account: name, depth, fits, held: count, exact: only && (BINDING.has(name) ? count === fits : count <= fits) };
}

function mergeCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const [name, count] of all.flatMap((one) => Object.entries(one))) merged[name] = (merged[name] ?? 0) + count;
  return merged;
}

/** Starts two processes of a program, lets them begin at one moment, and gives what each of them saw. */
export async function runRacers(program: string, url: string, each: number, leaves: readonly string[]): Promise<Outcome[]> {
  const racers = Array.from({ length: RACERS }, (_, number) => {
    const argv = [join(packageRoot, "test", "race", program), url, String(number), String(each), String(CALLERS), ...leaves];
    const child = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    return { child, lines, ended };
  });
  try {
    for (const { lines } of racers) if ((await lines.next()).value !== "ready") throw new Error("a racer did not come up");
    for (const { child } of racers) child.stdin.write("go\n");
    return await Promise.all(
      racers.map(async ({ lines, ended }) => {
        const line = await lines.next();
        if (line.done === true) throw new Error(`a racer ended with ${await ended} and without an answer`);
        return JSON.parse(line.value) as Outcome;
      }),
    );
  } finally {
    for (const { child, ended } of racers) {
      child.stdin.destroy();
      if (child.exitCode === null) child.kill("SIGTERM");
      await ended;
    }
  }
}
