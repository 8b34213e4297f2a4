/**
 * npm run bench:cli: how long the packed program takes to start, as ratios to an empty program of the same Node, in the same minute.
 * Each pair is one start of each, in alternation; the figure is the median of the pairs' ratios, so that other load on the machine takes from both.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PAIRS = 41;
const WARM_UPS = 3;
const START_MS_MAX = 60_000;

type Line = readonly [node: string, ...args: string[]];

function packInto(folder: string): string {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (archive === undefined) throw new Error("npm pack made no archive");
  execFileSync("tar", ["-xzf", join(folder, archive), "-C", folder]);
  return join(folder, "package");
}

/** Milliseconds of one start to its end. Every line measured here has to succeed. */
function time([node, ...args]: Line, home: string): number {
  const begun = performance.now();
  const { status, error, stderr } = spawnSync(node, args, {
    env: { PATH: process.env["PATH"], HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: START_MS_MAX,
  });
  const ms = performance.now() - begun;
  if (status !== 0) throw new Error(`${node} ${args.join(" ")} ended with ${status ?? error?.message}: ${stderr.toString()}`);
  return ms;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The median of the ratios of `line` to `peer`, with both medians in milliseconds. */
function compare(line: Line, peer: Line, home: string): { ratio: number; ms: number; peerMs: number } {
  for (let round = 0; round < WARM_UPS; round += 1) {
    time(peer, home);
    time(line, home);
  }
  const pairs = Array.from({ length: PAIRS }, () => ({ peer: time(peer, home), line: time(line, home) }));
  return {
    ratio: median(pairs.map((pair) => pair.line / pair.peer)),
    ms: median(pairs.map((pair) => pair.line)),
    peerMs: median(pairs.map((pair) => pair.peer)),
  };
}

/** A Node on the PATH that is older than the one that is carried; null when there is none. */
function olderNode(): string | null {
  for (const folder of new Set((process.env["PATH"] ?? "").split(":"))) {
    const { status, stdout } = spawnSync(join(folder, "node"), ["-p", "process.versions.node"], { timeout: START_MS_MAX });
    if (status === 0 && Number.parseInt(stdout.toString(), 10) < 24) return join(folder, "node");
  }
  return null;
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), "headgate-bench-"));
  try {
    const home = join(folder, "home");
    mkdirSync(home);
    const program = join(packInto(folder), "bin", "headgate.js");
    const empty: Line = [process.execPath, "-e", "0"];
    console.log(`Node ${process.versions.node}, ${PAIRS} pairs each, the packed program with a warm compile cache against node -e 0`);
    const version = compare([process.execPath, program, "--version"], empty, home);
    const list = compare([process.execPath, program, "app", "list"], empty, home);
    console.log(`  headgate --version   ${version.ms.toFixed(1)} ms   node -e 0 ${version.peerMs.toFixed(1)} ms`);
    console.log(`  headgate app list    ${list.ms.toFixed(1)} ms   node -e 0 ${list.peerMs.toFixed(1)} ms`);
    tellOlder(program, home);
    console.log(`cli_version_vs_node: ${version.ratio.toFixed(2)}`);
    console.log(`cli_list_vs_node: ${list.ratio.toFixed(2)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it costs to be started by an older Node, which starts the carried one. */
function tellOlder(program: string, home: string): void {
  const older = olderNode();
  if (older === null) {
    console.log("  no older Node on the PATH: the cost of starting from one was not measured");
    return;
  }
  const beside = join(dirname(dirname(program)), "node_modules");
  const carried = `node-${process.platform}-${process.arch}`;
  mkdirSync(beside);
  symlinkSync(join(ROOT, "node_modules", carried), join(beside, carried));
  const { ratio, ms, peerMs } = compare([older, program, "app", "list"], [process.execPath, program, "app", "list"], home);
  const name = execFileSync(older, ["-p", "process.versions.node"]).toString().trim();
  console.log(`  started by Node ${name}   ${ms.toFixed(1)} ms   by Node ${process.versions.node} ${peerMs.toFixed(1)} ms   (${ratio.toFixed(2)} times)`);
}

main();
