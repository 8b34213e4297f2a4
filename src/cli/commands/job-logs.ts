import { jobRoutes } from "#job/contract";
import { EXIT, Problem } from "#kernel";
import type { RunOf } from "../command.ts";
import { jobReference } from "../job-reference.ts";
import type { logsTakes } from "./job.ts";

/** With -o json the answer is `{ job, log }`; a log that is followed has no end to put into one, so that is refused. */
export const showLog: RunOf<typeof logsTakes> = async (context, { args, flags }) => {
  const { output } = context;
  const job = jobReference(args.job);
  if (flags.follow && output.format !== "table")
    throw new Problem("usage.surplus", { detail: `--follow cannot be printed as ${output.format}`, fix: "Leave out --follow, or --output." });
  const client = await context.client();
  const query = { follow: String(flags.follow), tail_bytes: flags.tail, attempt: flags.attempt };
  // Who stops reading (| head) ends the following too.
  const pieces = client.text(jobRoutes.log, { params: { job }, query }, output.closed);
  if (output.format === "table") {
    for await (const piece of pieces) output.raw(piece);
    return context.signal.aborted ? EXIT.interrupted : EXIT.ok;
  }
  let log = "";
  for await (const piece of pieces) log += piece;
  await output.show({ job, log }, () => log);
  return EXIT.ok;
};
