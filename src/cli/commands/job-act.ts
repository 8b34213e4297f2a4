import { jobRoutes, type JobSummary } from "#job/contract";
import { EXIT, type Problem } from "#kernel";
import type { RunOf } from "../command.ts";
import { money } from "../format.ts";
import { jobReference } from "../job-reference.ts";
import { stateWord } from "../job-text.ts";
import { asProblem, renderProblem } from "../problem.ts";
import { overridesOf } from "../submission.ts";
import { sayRefusal, sayWarnings } from "./job-submit.ts";
import type { cancelTakes, retryTakes } from "./job.ts";

/** The answer's shape with -o json: `{ items: [job] }`, those that were cancelled. Every job named is tried; the first trouble gives the exit code. */
export const cancelJobs: RunOf<typeof cancelTakes> = async (context, { args, flags }) => {
  const { output } = context;
  const jobs = [...new Set(args.jobs.map(jobReference))];
  const client = await context.client();
  const cancelled: JobSummary[] = [];
  const problems: Problem[] = [];
  for (const job of jobs) {
    try {
      cancelled.push(await client.call(jobRoutes.cancel, { params: { job }, body: flags.reason === undefined ? {} : { reason: flags.reason } }, job));
    } catch (error) {
      const problem = asProblem(error);
      // What would stop every other one too ends it here.
      if (!problem.code.startsWith("job.")) throw problem;
      problems.push(problem);
      output.complain(renderProblem(problem, output.format, output.noteView));
    }
  }
  await output.show({ items: cancelled }, () =>
    cancelled.map((job) => `job ${job.number}  ${job.name}  ${job.outcome === null ? "is being cancelled" : stateWord(job)}\n`).join(""),
  );
  return problems[0]?.exitCode ?? EXIT.ok;
};

/** The answer's shape with -o json is that of POST /api/v1/jobs. */
export const retryJob: RunOf<typeof retryTakes> = async (context, { args, flags }) => {
  const { output } = context;
  const job = jobReference(args.job);
  const overrides = overridesOf(flags);
  const client = await context.client();
  const answer = await client.call(jobRoutes.retry, { params: { job }, body: overrides === undefined ? {} : { overrides } });
  sayWarnings(context, answer.faults);
  if (answer.job.state === "refused") return await sayRefusal(context, answer);
  await output.show(
    answer,
    ({ style }) =>
      `${style.bold(`job ${answer.job.number}`)}  ${answer.job.name}  ${answer.job.state}, again what job ${job} was; reserved ${money(answer.job.reserved, answer.job.unit)}\n`,
  );
  output.note(`Next  headgate job status ${answer.job.number}\n`);
  return EXIT.ok;
};
