import type { JobDryRun, JobSubmission } from "#job/contract";
import { formatMoney, formatTimeLimit, microsToDecimal, parseDuration, Problem, seconds } from "#kernel";
import { parse } from "yaml";
import { z } from "zod";
import { worstCase } from "./jobs.ts";
import { bindingOf, charge, formulaFor, usd } from "./money.ts";
import { CODES, type MockCode } from "./seed.ts";
import { accountsOf, type World } from "./world.ts";

/** The part of a job file that the dashboard writes. The real reader is in src/job/job-file.ts. */
const fileShape = z.object({
  name: z.string().optional(),
  app: z.string(),
  case: z.string(),
  project: z.string(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  resources: z.object({ cores: z.int().optional(), memory: z.string().optional() }).default({}),
  time_limit: z.union([z.string(), z.number()]).optional(),
});

export type ReadSubmission = {
  readonly code: MockCode;
  readonly name: string;
  readonly project: string;
  readonly cores: number;
  readonly limitS: number;
  readonly parameters: Record<string, unknown>;
};

export function readSubmission(world: World, person: string, submission: JobSubmission): ReadSubmission {
  const read = fileShape.safeParse(parse(submission.text));
  if (!read.success)
    throw invalid(
      submission,
      read.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message })),
    );
  const file = read.data;
  const code = CODES.find((each) => each.app === file.app && each.case === file.case);
  if (code === undefined) throw invalid(submission, [{ path: "case", message: `there is no case ${file.app}/${file.case}` }]);
  if (!accountsOf(world, person).includes(file.project)) throw invalid(submission, [{ path: "project", message: `there is no project "${file.project}"` }]);
  const limit = file.time_limit === undefined ? undefined : parseDuration(String(file.time_limit));
  if (file.time_limit !== undefined && limit?.kind !== "limited")
    throw invalid(submission, [{ path: "time_limit", message: `"${file.time_limit}" is not a time` }]);
  return {
    code,
    name: file.name ?? code.case,
    project: file.project,
    cores: file.resources.cores ?? code.cores,
    limitS: limit?.kind === "limited" ? limit.seconds : code.limitS,
    parameters: { ...code.parameters, ...file.parameters },
  };
}

function invalid(submission: JobSubmission, faults: readonly { readonly path: string; readonly message: string }[]): Problem {
  return new Problem("input.invalid", {
    detail: `${submission.file} has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}.`,
    faults: faults.map((fault) => ({
      code: "value.invalid" as const,
      severity: "error" as const,
      place: { file: submission.file, line: 1, column: 1 },
      path: fault.path,
      message: fault.message,
      fix: null,
    })),
  });
}

/** How much longer or shorter than the recorded run it will be: half and double, which is what one run teaches. */
const SPREAD = 2;

export function dryRun(world: World, submission: JobSubmission, read: ReadSubmission): JobDryRun {
  const { code, cores, limitS, project } = read;
  const most = usd(formulaFor(cores, limitS)[0]?.amount ?? "0");
  const { account, free } = bindingOf(world.ledger, project);
  const fits = most <= free;
  const estimate = {
    low_ms: code.ranMs / SPREAD,
    high_ms: code.ranMs * SPREAD,
    runtime_basis: "learned from 1 run",
    unit: "USD" as const,
    expected: microsToDecimal(charge(cores, code.ranMs)),
    at_most: microsToDecimal(most),
    formula: worstCase(cores, limitS),
    free: null,
    exempt: null,
  };
  const problem = {
    code: "budget.insufficient",
    detail: `${account.name} can commit ${formatMoney(free)} now; this job can cost at most ${formatMoney(most)}.`,
    fix: `headgate budget explain ${project}`,
  };
  return {
    file: submission.file,
    name: read.name,
    app: code.app,
    case: code.case,
    project,
    cores,
    memory_mib: code.memoryMib,
    time_limit_s: limitS,
    tasks: 1,
    command: [...code.command],
    estimate,
    decision: fits ? "accepted" : "refused",
    problem: fits ? null : problem,
    fits: fits ? [] : shorter(cores, limitS, free),
    faults: [],
  };
}

/** The longest whole minutes that the account can pay for. */
function shorter(cores: number, limitS: number, free: bigint): JobDryRun["fits"] {
  for (let minutes = Math.floor(limitS / 60); minutes >= 1; minutes = Math.floor(minutes * 0.9)) {
    const most = usd(formulaFor(cores, minutes * 60)[0]?.amount ?? "0");
    if (most <= free) return [{ change: `--time-limit ${formatTimeLimit(seconds(minutes * 60))}`, at_most: microsToDecimal(most) }];
  }
  return [];
}
