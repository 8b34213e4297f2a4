import type { JobDetail, JobSummary } from "#job/contract";
import { bytes, count, duration, isZero, localTime, memory, money } from "./format.ts";
import type { Style } from "./style.ts";

/** One word for how a job stands: its outcome once it has one. */
export function stateWord(job: Pick<JobSummary, "state" | "outcome">): string {
  return job.outcome ?? job.state;
}

export function paintState(words: string, job: Pick<JobSummary, "state" | "outcome">, style: Style): string {
  switch (job.outcome ?? job.state) {
    case "completed":
      return style.green(words);
    case "running":
    case "starting":
      return style.cyan(words);
    case "failed":
    case "timeout":
    case "out-of-memory":
    case "lost":
    case "refused":
    case "dependency-failed":
      return style.red(words);
    case "cancelled":
      return style.yellow(words);
    default:
      return words;
  }
}

type Pair = readonly [string, string | null];

/** What came out of a job that has ended: results beside what they should be, and the money. */
export function resultLines(job: JobDetail, style: Style): Pair[] {
  const last = job.attempts[0];
  const end = last?.signal ?? (last?.exit_code === null || last?.exit_code === undefined ? null : `exit code ${last.exit_code}`);
  const figure = job.figure === "metered" ? "" : `   ${style.dim(job.figure)}`;
  return [
    [
      stateWord(job),
      [duration(job.elapsed_ms), job.outcome === "completed" || job.reason === end ? null : end, job.reason]
        .filter((part) => part !== null && part !== "")
        .join(", "),
    ],
    ...job.checks.map((check): Pair => [check.name.replaceAll("_", " "), checkWords(check, style)]),
    ["charged", `${money(job.charged, job.unit)}${figure}   returned ${money(job.returned, job.unit)}${isZero(job.returned) ? "" : ` to ${job.project}`}`],
  ];
}

export function checkWords(check: JobDetail["checks"][number], style: Style): string {
  const value = check.value === null ? check.words : String(check.value);
  const verdict = check.ok === null ? "" : check.ok ? style.green("ok") : style.red(check.value === null ? "not ok" : check.words);
  return [`${value}${check.unit === null ? "" : ` ${check.unit}`}`, check.expected === null ? "" : `expected ${check.expected}`, verdict]
    .filter((part) => part !== "")
    .join("   ");
}

/** Everything about a job, name by name. */
export function jobPairs(job: JobDetail, style: Style): Pair[] {
  const { array } = job;
  const reason = job.reason === null ? "" : `   ${job.reason}`;
  return [
    ["state", `${paintState(stateWord(job), job, style)}${job.outcome !== null && job.state !== "settled" ? ` (${job.state})` : ""}${reason}`],
    ["person", job.person],
    ["project", job.project],
    ["what", job.app === null ? (job.command ?? []).join(" ") : `${job.app}${job.case === null ? "" : `/${job.case}`}`],
    ["asks for", `${count(job.cores, "core")}, ${memory(job.memory_mib)}, ${duration(job.time_limit_s * 1000)}`],
    [
      "array",
      array === null
        ? null
        : `${array.spec}: ${count(array.tasks, "task")}, ${array.pending} wait, ${array.running} run, ${array.ended} ended, ${array.completed} of them completed`,
    ],
    ["after", job.dependencies.map((dependency) => `${dependency.kind} ${dependency.job} (${dependency.state})`).join("\n")],
    [
      "parameters",
      Object.entries(job.parameters)
        .map(([name, value]) => `${name} = ${String(value)}`)
        .join("\n"),
    ],
    ["submitted", localTime(job.submitted_at)],
    ["started", localTime(job.started_at)],
    ["ended", localTime(job.ended_at)],
    ["took", duration(job.elapsed_ms)],
    ["retry of", job.retry_of],
    ...job.checks.map((check): Pair => [check.name.replaceAll("_", " "), checkWords(check, style)]),
    ["reserved", money(job.reserved, job.unit)],
    ["charged", job.outcome === null ? null : `${money(job.charged, job.unit)}${job.figure === "metered" ? "" : `   ${job.figure}`}`],
    ["returned", job.outcome === null ? null : money(job.returned, job.unit)],
    ["flagged", job.flagged ? style.yellow("a person should look at it") : null],
    ["folder", job.folder],
    ["files", job.files.map((file) => `${file.path}   ${bytes(file.bytes)}   ${file.kind}`).join("\n")],
  ];
}
