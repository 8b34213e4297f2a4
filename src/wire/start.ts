import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { OWNER } from "#access";
import { caseNeeds, distributionOf, installPackages, missingNeeds, needWords, packagesFor, planInstall, probe, requireApp, type Need } from "#app";
import { packageRoot, packageVersion } from "#db";
import { formatDuration, milliseconds, Problem } from "#kernel";
import { openLab, readLab, type Lab } from "#lab";
import type { Demonstrated, DemonstrationJob, Running, StartOptions } from "#cli";
import { bringUp, type Serving } from "./serve.ts";
import { untilAborted } from "./until-aborted.ts";
import { labPorts } from "./lab-ports.ts";

const LAB_FILE = "examples/lab.yaml";

/**
 * `headgate start`: brings everything up, opens the laboratory of examples/lab.yaml, sends one simulation down the main road, says how to go
 * on, and stays until it is told to stop; with `once` it stops right after the simulation. Gives the exit code.
 */
export async function start(running: Running, options: StartOptions): Promise<number> {
  const { config, output, progress, signal } = running;
  const begun = performance.now();
  output.note(`Headgate ${packageVersion}   state in ${config.state.replace(homedir(), "~")}\n`);
  progress.live("database", () => "starting PostgreSQL");
  const serving = await bringUp(config, { worker: true, log: "file", onProgress: ({ detail }) => progress.live("database", () => detail) });
  try {
    tellUp(running, serving, begun);
    const lab = await readLab(join(packageRoot, LAB_FILE));
    const opened = await openLab(lab, LAB_FILE, labPorts(serving.rooms));
    progress.done("laboratory", labWords(lab, opened.made));
    const shown = await runDemonstration(running, serving, lab, options);
    if (options.once || signal.aborted) {
      if (output.format !== "table") await output.show(shown, () => "");
      return shown === null || worked(shown) ? 0 : 1;
    }
    await tellNext(running, serving, lab);
    await untilAborted(signal);
    return 0;
  } finally {
    progress.live("stopping", () => "jobs that run go on; the next start finds them");
    await serving.stop();
    progress.end();
  }
}

function worked({ job }: Demonstrated): boolean {
  return job.outcome === "completed";
}

function tellUp({ progress }: Running, { postgres, migrations, server }: Serving, begun: number): void {
  const applied = migrations === 0 ? "schema current" : `${migrations} migrations applied`;
  progress.done("database", `${postgres.words}, ${applied}`);
  progress.done("server", `${server.url}   up after ${formatDuration(milliseconds(performance.now() - begun))}`);
}

function labWords(lab: Lab, made: number): string {
  const projects = lab.department.projects.map((project) => project.name).join(", ");
  return `department ${lab.department.name}, projects ${projects}, ${lab.people.length} people${made === 0 ? " (there already)" : ""}`;
}

async function runDemonstration(running: Running, serving: Serving, lab: Lab, options: StartOptions): Promise<Demonstrated | null> {
  const ask = lab.demonstration;
  if (ask === undefined) return null;
  const { catalogue } = serving.rooms;
  const first = requireApp(catalogue, ask.app);
  const needs = caseNeeds(first, ask.case, ask.cores);
  const obstacle = await makeReady(running, needs, options.install);
  const chosen =
    obstacle === null ? { app: ask.app, case: ask.case, cores: ask.cores, timeLimitS: ask.time_limit } : { ...ask.fallback, cores: null, timeLimitS: null };
  if (obstacle !== null)
    running.output.note(
      `  ${ask.app} cannot run here: ${obstacle}\n  Running ${ask.fallback.app}/${ask.fallback.case} instead, which needs nothing but this machine.\n`,
    );
  const job: DemonstrationJob = { ...chosen, person: ask.person, project: ask.project };
  return await options.demonstrate(job);
}

/** Null when everything the run needs is here, installed now if it may be; otherwise why not, in one sentence. */
async function makeReady({ progress, output, signal }: Running, needs: readonly Need[], install: boolean): Promise<string | null> {
  const before = missingOf(needs);
  if (before.length === 0) return null;
  const plan = planInstall({
    packages: packagesFor(before),
    allowed: install,
    root: process.getuid?.() === 0,
    distribution: distributionOf(await readFile("/etc/os-release", "utf8").catch(() => "")),
    aptGet: probe([{ kind: "program", name: "apt-get", packages: [] }], process.env["PATH"] ?? "").programs.has("apt-get"),
  });
  if (plan.kind !== "install") return `${before.map(needWords).join(", ")} is missing${plan.kind === "impossible" ? `, and ${plan.reason}. ${plan.fix}` : ""}`;
  output.note(`  ${before.map(needWords).join(", ")} is missing and is being installed:  ${plan.words}\n`);
  const begun = performance.now();
  let last = "";
  progress.live("installing", () => `${formatDuration(milliseconds(performance.now() - begun))}   ${last}`);
  try {
    await installPackages(plan.packages, process.env, (line) => (last = line), signal);
  } catch (error) {
    progress.end();
    if (error instanceof Problem && error.code === "app.install-failed") return `installing it failed: ${error.detail}`;
    throw error;
  }
  progress.done("installed", `${plan.packages.join(", ")}   ${formatDuration(milliseconds(performance.now() - begun))}`);
  const after = missingOf(needs);
  return after.length === 0 ? null : `${after.map(needWords).join(", ")} is still missing after the installation`;
}

function missingOf(needs: readonly Need[]): Need[] {
  return missingNeeds(needs, probe(needs, process.env["PATH"] ?? ""));
}

async function tellNext({ output }: Running, { rooms, server }: Serving, lab: Lab): Promise<void> {
  const person = lab.demonstration?.person ?? lab.people[0]!.name;
  const { code } = await rooms.access.signIn.createCode({ name: OWNER, admin: true }, person);
  const dashboard = server.dashboard
    ? `Dashboard  ${server.url}   sign in as ${person} with the code ${code} (valid 10 minutes)`
    : `Server     ${server.url}   the dashboard has not been built: npm run build`;
  output.note(`\n${dashboard}\n`);
  output.note(`Next       headgate job submit quantum-espresso/diamond-scf --project materials --as ${person}      headgate app list\n`);
  output.note("Ctrl-C stops everything; a job that still runs goes on, and the next start finds it.\n");
}
