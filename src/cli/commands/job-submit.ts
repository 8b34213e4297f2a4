import { jobRoutes, type JobDryRun, type SubmittedJob } from "#job/contract";
import { EXIT } from "#kernel";
import type { RunOf } from "../command.ts";
import type { Context } from "../context.ts";
import { count, duration, memory, money, span } from "../format.ts";
import type { View } from "../output.ts";
import { faultCount, renderFaults } from "../problem.ts";
import { submissionOf } from "../submission.ts";
import { renderPairs } from "../table.ts";
import type { submitTakes } from "./job.ts";
import type { Fault } from "#kernel";

/** The answer's shape with -o json is that of POST /api/v1/jobs; with --dry-run that of POST /api/v1/jobs/estimate. */
export const submitJob: RunOf<typeof submitTakes> = async (context, { args, flags }) => {
  const { output } = context;
  const client = await context.client();
  const submission = await submissionOf(context, args.what, flags);
  if (context.shared.dryRun) {
    const answer = await client.call(jobRoutes.estimate, { body: submission });
    sayWarnings(context, answer.faults);
    await output.show(answer, (view) => dryRunText(answer, view));
    return answer.decision === "accepted" ? EXIT.ok : EXIT.refused;
  }
  const answer = await client.call(jobRoutes.submit, { body: submission });
  sayWarnings(context, answer.faults);
  if (answer.job.state === "refused") return await sayRefusal(context, answer);
  await output.show(answer, (view) => submittedText(answer, view));
  const { number, array } = answer.job;
  output.note(`Next  headgate job ${array === null ? `logs -f ${number}` : `status ${number} --tasks`}      headgate job why ${number}\n`);
  return EXIT.ok;
};

export function sayWarnings({ output }: Context, faults: readonly { readonly severity: string }[]): void {
  if (faults.length > 0) output.note((view) => `${renderFaults(faults as readonly Fault[], view)}${faultCount(faults as readonly Fault[])}\n`);
}

/** A job that the budget refused: why, what would fit, what to type. It stands in the list of jobs as refused. */
export async function sayRefusal({ output }: Context, answer: SubmittedJob): Promise<number> {
  const { job, estimate } = answer;
  await output.show(answer, () => "");
  const { style } = output.noteView;
  output.complain(
    [
      `${style.bold(style.red("refused"))}  ${job.name}  ${style.dim(`job ${job.number}`)}\n`,
      `  ${style.dim("why")}  ${job.reason ?? "no reason was given"}\n`,
      `       it can cost at most ${money(estimate.at_most, estimate.unit)} = ${estimate.formula}\n`,
      `  ${style.dim("fix")}  headgate budget explain ${job.project}      shorter or smaller: add --time-limit, --cores, and --dry-run to try\n`,
    ].join(""),
  );
  return EXIT.refused;
}

export function estimateLines({ estimate, style }: { estimate: SubmittedJob["estimate"]; style: View["style"] }): readonly (readonly [string, string])[] {
  const { low_ms: low, high_ms: high, unit } = estimate;
  const time = low === null || high === null ? "run time unknown" : `${span(low, high)} on this machine`;
  const expected = estimate.expected === null ? "" : `, about ${money(estimate.expected, unit)}`;
  const most = estimate.free === null ? `, at most ${money(estimate.at_most, unit)}` : "";
  return [["estimate", `${time}${expected}${most}   ${style.dim(estimate.runtime_basis)}`]];
}

function reservation(estimate: SubmittedJob["estimate"]): string {
  if (estimate.exempt !== null) return estimate.exempt;
  return estimate.free === null ? `${money(estimate.at_most, estimate.unit)} = ${estimate.formula}` : `free (${estimate.free})`;
}

function submittedText({ job, estimate }: SubmittedJob, view: View): string {
  const { style } = view;
  return [
    `${style.bold(`job ${job.number}`)}  ${job.name}  ${job.state}${job.array === null ? "" : `, ${count(job.array.tasks, "task")}`}\n`,
    renderPairs([...estimateLines({ estimate, style }), ["reserved", `${reservation(estimate)}`], ["project", job.project]], style, "  "),
  ].join("");
}

function dryRunText(answer: JobDryRun, view: View): string {
  const { style } = view;
  const { estimate, problem } = answer;
  const decision = answer.decision === "accepted" ? "accepted" : `${style.red("refused")}${problem === null ? "" : `  ${problem.code}\n${problem.detail}`}`;
  const fits = answer.fits.map((fit) => `${fit.change}   at most ${money(fit.at_most, estimate.unit)}`).join("\n");
  return [
    `${style.bold(answer.name)}  on project ${answer.project}   ${style.dim("nothing was changed")}\n`,
    renderPairs(
      [
        [
          "asks for",
          `${count(answer.cores, "core")}, ${memory(answer.memory_mib)}, ${duration(answer.time_limit_s * 1000)}${answer.tasks === 1 ? "" : `, ${count(answer.tasks, "task")}`}`,
        ],
        ["runs", answer.command.join(" ")],
        ...estimateLines({ estimate, style }),
        ["reserves", reservation(estimate)],
        ["decision", decision],
        ["would fit", fits],
        ["next", problem === null ? "" : problem.fix],
      ],
      style,
      "  ",
    ),
  ].join("");
}
