import { jobRoutes } from "#job/contract";
import type { RunOf } from "../command.ts";
import { submissionOf } from "../submission.ts";
import { quoteText } from "./budget-quote-run.ts";
import type { quoteTakes } from "./job.ts";

/** The answer's shape with -o json is that of POST /api/v1/jobs/quotes. */
export const quoteJob: RunOf<typeof quoteTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const submission = await submissionOf(context, args.what, flags);
  const quote = await client.call(jobRoutes.quote, { body: { ...submission, valid_days: flags.valid } });
  await context.output.show(quote, (view) => quoteText(quote, view));
  context.output.note(`Next  headgate job submit --quote ${quote.id}, with what was quoted; nothing is reserved until then\n`);
};
