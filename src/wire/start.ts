import { homedir } from "node:os";
import { join, relative } from "node:path";
import { OWNER } from "#access";
import { caseNeeds, probe, requireApp } from "#app";
import { packageRoot, packageVersion } from "#db";
import { formatMoney } from "#kernel";
import { openLab, readLab, type Lab } from "#lab";
import { findWebRoot } from "#server";
import type { ServerFile } from "#server/contract";
import type { Demonstrated, DemonstrationJob, Running, Started, StartOptions } from "#cli";
import { findOrBringUp, openBeside } from "./beside.ts";
import { labPorts } from "./lab-ports.ts";
import { makeReady } from "./make-ready.ts";
import type { Rooms } from "./rooms.ts";
import { bringUp, WEB_ROOTS, type Serving } from "./serve.ts";
import { untilAborted } from "./until-aborted.ts";

const LAB_FILE = "examples/lab.yaml";

/** A Headgate that serves the state folder: ours, or that of another process. */
type Standing = { readonly rooms: Rooms; readonly url: string; readonly dashboard: boolean };

/**
 * `headgate start`: brings everything up, opens the laboratory of examples/lab.yaml, sends one simulation down the main road, says how to go
 * on, and stays until it is told to stop; with `once` it stops right after the simulation. Where a server runs already it is used, and goes
 * on. Gives the exit code, and what had not ended when it stopped.
 */
export async function start(running: Running, options: StartOptions): Promise<Started> {
  const { config, output, progress, signal } = running;
  output.note(`Headgate ${packageVersion}   state in ${config.state.replace(homedir(), "~")}\n`);
  const brought = await findOrBringUp(
    config.state,
    signal,
    () => {
      progress.brief("database", () => "starting PostgreSQL");
      return bringUp(config, { worker: true, log: "file", onProgress: ({ detail }) => progress.brief("database", () => detail) });
    },
    (words) => progress.live("server", () => words),
  ).finally(() => progress.end());
  if ("found" in brought) return { code: await startBeside(running, options, brought.found), left: [] };
  let left: readonly string[] = [];
  const code = await startOwn(running, options, brought.own, (names) => void (left = names));
  return { code, left };
}

async function startOwn(running: Running, options: StartOptions, serving: Serving, onStopped: (left: readonly string[]) => void): Promise<number> {
  const { output, signal } = running;
  try {
    tellUp(running, serving);
    const standing = { rooms: serving.rooms, url: serving.server.url, dashboard: serving.server.dashboard };
    // Ctrl-C may have come while PostgreSQL was made.
    if (signal.aborted) return 0;
    const lab = await openHere(running, standing);
    const shown = await runDemonstration(running, standing, lab, options);
    if (options.once || signal.aborted) return await answer(running, shown);
    await tellNext(running, standing, lab, shown);
    output.note("Ctrl-C stops everything.\n");
    await untilAborted(signal);
    return 0;
  } finally {
    onStopped(await stopOwn(running, options, serving));
  }
}

const SLOW_STOP_MS = 5_000;

/** Whoever is told that all has stopped must be able to rely on it; so what goes on is named. */
async function stopOwn({ output, progress, signal }: Running, options: StartOptions, serving: Serving): Promise<readonly string[]> {
  const jobs = await options.runningJobs().catch((): null => null);
  if (signal.aborted && output.live) output.note("\n");
  const begun = performance.now();
  // Without its database it may go on trying for long; whoever does not want to wait is told how.
  progress.brief("stopping", () => (performance.now() - begun < SLOW_STOP_MS ? "" : "this takes longer than it should; Ctrl-C again ends it at once"));
  const left = await serving.stop();
  progress.end();
  if (left.length > 0) output.note(`Not waited for any longer: ${left.join(", ")}. The next start takes up what is left.\n`);
  if (jobs === null) output.note("Stopped. Jobs that ran go on, if any did; the next start finds and charges them.\n");
  else if (jobs.length > 0) output.note(`Stopped. ${goOn(jobs)}\n`);
  else if (signal.aborted && left.length === 0) output.note("Stopped; nothing runs any more.\n");
  return left;
}

function goOn(jobs: readonly string[]): string {
  return jobs.length === 1
    ? `Job ${jobs[0]} goes on; the next start finds and charges it.`
    : `Jobs ${jobs.join(", ")} go on; the next start finds and charges them.`;
}

async function startBeside(running: Running, options: StartOptions, found: ServerFile): Promise<number> {
  const { config, output, progress } = running;
  const { rooms, close } = await openBeside(config, found);
  try {
    progress.done("server", `${found.url}   runs already (process ${found.pid}) and is used`);
    const standing = { rooms, url: found.url, dashboard: findWebRoot(WEB_ROOTS) !== null };
    const lab = await openHere(running, standing);
    const shown = await runDemonstration(running, standing, lab, options);
    if (!options.once) {
      await tellNext(running, standing, lab, shown);
      output.note(`Headgate goes on in process ${found.pid}; Ctrl-C where that was started stops it.\n`);
    }
    return await answer(running, shown);
  } finally {
    await close();
  }
}

async function answer({ output }: Running, shown: Demonstrated | null): Promise<number> {
  if (output.format !== "table") await output.show(shown, () => "");
  return shown === null || shown.job.outcome === "completed" ? 0 : 1;
}

function tellUp({ progress }: Running, { postgres, migrations, server, took }: Serving): void {
  const applied = migrations === 0 ? "schema current" : `${migrations} migration${migrations === 1 ? "" : "s"} applied`;
  progress.done("database", `${postgres.words}, ${applied}`, took.database);
  progress.done("server", server.url, took.server);
}

async function openHere({ progress }: Running, { rooms }: Standing): Promise<Lab> {
  const lab = await readLab(join(packageRoot, LAB_FILE));
  const opened = await openLab(lab, LAB_FILE, labPorts(rooms));
  progress.done("demonstration", labWords(lab, opened.made));
  return lab;
}

/** What was opened with its budgets; of what was there already only the names, because people may have changed the rest since. */
function labWords({ department }: Lab, made: number): string {
  const projects = department.projects.map(({ name, budget }) => (made === 0 ? name : `${name} (${formatMoney(budget)})`)).join(", ");
  return `department ${department.name}, projects ${projects}${made === 0 ? ", as they were left" : ""}`;
}

async function runDemonstration(running: Running, { rooms }: Standing, lab: Lab, options: StartOptions): Promise<Demonstrated | null> {
  const ask = lab.demonstration;
  if (ask === undefined) return null;
  const first = requireApp(rooms.catalogue, ask.app);
  const needs = caseNeeds(first, ask.case, ask.cores);
  const obstacle = await makeReady(running, needs, options.install);
  const chosen =
    obstacle === null ? { app: ask.app, case: ask.case, cores: ask.cores, timeLimitS: ask.time_limit } : { ...ask.fallback, cores: null, timeLimitS: null };
  if (obstacle !== null)
    running.output.note(
      `\n${ask.app} cannot run here: ${obstacle}\nInstead an example that needs nothing but this machine, ${ask.fallback.app}/${ask.fallback.case}.\n`,
    );
  const job: DemonstrationJob = { ...chosen, person: ask.person, project: ask.project };
  return await options.demonstrate(job);
}

async function tellNext({ output }: Running, { rooms, url, dashboard }: Standing, lab: Lab, shown: Demonstrated | null): Promise<void> {
  const person = lab.demonstration?.person ?? lab.people[0]!.name;
  const { code } = await rooms.access.signIn.createCode({ name: OWNER, admin: true }, person);
  const headgate = nameToType();
  output.note(
    dashboard
      ? `Dashboard  ${url}   sign in as ${person} with the code ${code} (valid 10 minutes)\n`
      : `Server     ${url}   the dashboard has not been built: npm run build\n`,
  );
  if (shown !== null)
    output.note(`Next       ${headgate} job status ${shown.job.number}      ${headgate} app list      ${headgate} budget status --as ${person}\n`);
}

/** What is typed to reach us: a clone puts nothing on the PATH. */
function nameToType(): string {
  const onPath = probe([{ kind: "program", name: "headgate", packages: [] }], process.env["PATH"] ?? "").programs.has("headgate");
  return onPath ? "headgate" : `node ${relative(process.cwd(), join(packageRoot, "bin", "headgate.js"))}`;
}
