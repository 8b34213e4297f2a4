import { jobRoutes, type JobDetail } from "#job/contract";
import { EXIT, milliseconds, type Milliseconds } from "#kernel";
import type { RunOf } from "../command.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { duration, money } from "../format.ts";
import { resultLines } from "../job-text.ts";
import { bar } from "../progress.ts";
import { submissionOf } from "../submission.ts";
import { renderPairs } from "../table.ts";
import { followJob, hasEnded } from "../follow-job.ts";
import { estimateLines, sayRefusal, sayWarnings } from "./job-submit.ts";
import type { runTakes } from "./job.ts";

/** The answer's shape with -o json is that of GET /api/v1/jobs/:job, as it stands at the job's end. */
export const runJob: RunOf<typeof runTakes> = async (context, { args, flags }) => {
  const { output, progress } = context;
  const client = await context.client();
  const submitted = await client.call(jobRoutes.submit, { body: await submissionOf(context, args.what, flags) });
  sayWarnings(context, submitted.faults);
  const { estimate, job } = submitted;
  if (job.state === "refused") return await sayRefusal(context, submitted);
  const { style } = output.noteView;
  output.note(`${style.bold(`job ${job.number}`)}  ${job.name} for ${job.person} on project ${job.project}\n`);
  for (const [name, words] of estimateLines({ estimate, style })) progress.done(name, words);
  progress.done("reserved", estimate.free === null ? `${money(job.reserved, job.unit)} = ${estimate.formula}` : `free (${estimate.free})`);
  const log = flags.log ? printLog(context, client, job.number) : null;
  try {
    const expected = estimate.high_ms === null ? null : milliseconds(estimate.high_ms);
    const end = await followJob(context, client, job.number, (now) => showState(context, now, flags.log ? null : expected));
    await log;
    progress.end();
    await output.show(end, (view) => renderPairs(resultLines(end, view.style), view.style, "  "));
    return exitCodeOf(end);
  } catch (error) {
    progress.end();
    if (!context.signal.aborted) throw error;
    output.note(`job ${job.number} goes on;  headgate job status ${job.number}  shows it,  headgate job cancel ${job.number}  ends it\n`);
    return EXIT.interrupted;
  }
};

function showState({ progress, clock }: Context, job: JobDetail, expected: Milliseconds | null): void {
  if (hasEnded(job)) return;
  if (job.state !== "running" || job.started_at === null) {
    progress.live(job.state, () => job.reason ?? "");
    return;
  }
  const started = Date.parse(job.started_at);
  const limit = job.time_limit_s * 1000;
  progress.live("running", () => {
    const elapsed = Math.max(0, clock.now() - started);
    return `${bar(elapsed / (expected ?? limit))}  ${duration(elapsed)}`;
  });
}

/** The log goes to stderr, because stdout is for the answer. A job that ends before it has a log has none to show. */
async function printLog(context: Context, client: Client, job: string): Promise<void> {
  await followJob(
    context,
    client,
    job,
    () => undefined,
    (now) => now.started_at !== null || hasEnded(now),
  );
  for await (const piece of client.text(jobRoutes.log, { params: { job }, query: { follow: "true" } })) context.output.note(piece);
}

/** What a script wants to know: whether it completed, and if not, of what kind the trouble was. */
export function exitCodeOf(job: Pick<JobDetail, "state" | "outcome" | "charged">): number {
  if (job.state === "refused") return EXIT.refused;
  switch (job.outcome) {
    case "completed":
      return EXIT.ok;
    case "timeout":
      return EXIT.timeout;
    default:
      return EXIT.failed;
  }
}
