import { findQuote, noSuchQuote, quoteMismatch, quoteOver, type QuotedWork } from "#budget";
import type { Database } from "#db";
import { instantToIso, Problem, type Clock } from "#kernel";
import type { PlannedJob } from "./plan-job.ts";
import type { Quote } from "./ports.ts";

/**
 * What the price of a job depends on: a quote is for a job that is the same in all of this. Its name, parameters, case, command, inputs and outputs may differ, because none of them
 * changes what is reserved.
 */
export function workOf(plan: Pick<PlannedJob, "app" | "cores" | "memory" | "timeLimit" | "tasks">, retries: number): QuotedWork {
  return { app: plan.app, cores: plan.cores, memory: `${plan.memory} MiB`, time_limit: `${plan.timeLimit} s`, tasks: plan.tasks, attempts: retries + 1 };
}

/** The price that a quote promises for this job. Throws `budget.quote-unknown`, `-other`, `-used`, `-expired`. */
export async function quotedPrice(
  ports: { readonly db: Database; readonly clock: Clock },
  id: string,
  use: { readonly account: string; readonly work: QuotedWork },
): Promise<Quote> {
  const quote = await findQuote(ports.db, id);
  if (quote === null) throw noSuchQuote(id);
  const refusal = quoteMismatch(quote, use) ?? quoteOver(quote, ports.clock.now());
  if (refusal !== null) throw new Problem(refusal.code, { detail: refusal.detail, facts: { quote: id } });
  const { amount, unit, formula, words, free } = quote;
  return { amount, unit, formula, free, words: `${words}, as quoted on ${instantToIso(quote.madeAt).slice(0, 10)}` };
}
