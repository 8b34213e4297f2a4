import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkRunParameters,
  defaultResources,
  judgeRun,
  layOutRun,
  missingNeeds,
  needsOf,
  observeRun,
  probe,
  renderRun,
  type App,
  type Judgement,
  type Need,
  type RunPlan,
} from "#app";
import { invariant } from "#kernel";

/** Runs a case of an app in a folder of its own, as a plain child process: render, lay out, run, observe, judge. No executor, no money. */

export type CaseRun = { readonly plan: RunPlan; readonly judgement: Judgement; readonly elapsedMs: number };

export type CaseAsk = { readonly case: string | null; readonly parameters?: Readonly<Record<string, unknown>>; readonly cores?: number };

/** What a case lacks on this machine. */
export function lacking(app: App, ask: CaseAsk): Need[] {
  const { plan, cores } = planOf(app, ask);
  const needs = needsOf(app.file, { values: plan.parameters, cores });
  return missingNeeds(needs, probe(needs, process.env["PATH"] ?? ""));
}

function planOf(app: App, ask: CaseAsk): { plan: RunPlan; cores: number; timeLimitMs: number } {
  const checked = checkRunParameters(app, ask.case, ask.parameters ?? {});
  invariant(checked.values !== undefined, `parameters of ${app.file.name}/${ask.case}: ${checked.faults.map((fault) => fault.message).join("; ")}`);
  const resources = defaultResources(app.file, ask.case);
  const cores = ask.cores ?? resources.cores;
  return { plan: renderRun(app, { ...resources, case: ask.case, values: checked.values, cores }), cores, timeLimitMs: resources.timeLimit * 1000 };
}

export async function runCase(app: App, ask: CaseAsk): Promise<CaseRun> {
  const { plan, timeLimitMs } = planOf(app, ask);
  const base = await mkdtemp(join(tmpdir(), "headgate-case-"));
  const [folder, log] = [join(base, "work"), join(base, "log")];
  try {
    await mkdir(folder);
    await layOutRun(plan, folder);
    const started = performance.now();
    const end = await run(plan, folder, log, timeLimitMs);
    const elapsedMs = performance.now() - started;
    return { plan, judgement: judgeRun(plan, await observeRun(plan, { folder, log }, end)), elapsedMs };
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

/** In its own process group, so that the time limit ends everything it started. */
async function run(plan: RunPlan, folder: string, log: string, timeLimitMs: number): Promise<{ exitCode: number | null; signal: string | null }> {
  const out = createWriteStream(log);
  const [program, ...args] = plan.argv;
  invariant(program !== undefined, "a command has a program");
  const child = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: folder, LC_ALL: "C.UTF-8", ...plan.environment },
  });
  child.stdout.pipe(out, { end: false });
  child.stderr.pipe(out, { end: false });
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, constants.signals.SIGKILL), timeLimitMs);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode, signal) => resolve({ exitCode, signal }));
    });
  } finally {
    clearTimeout(timer);
    await new Promise((resolve) => out.end(resolve));
  }
}
