import { findQuote, makeQuote, quoteToWire } from "#budget";
import type { QuoteView } from "#budget/contract";
import { newId, Problem, type Person } from "#kernel";
import type { JobSubmission } from "./contract.ts";
import { workOf } from "./use-quote.ts";
import { prepareSubmission, type SubmitPorts } from "./submit.ts";

/** Promises the price of now to the project that would pay for the job; nothing is reserved. The same key again is the same quote. */
export async function quoteJob(
  ports: SubmitPorts,
  person: Person,
  ask: { readonly submission: JobSubmission; readonly days: number },
  key: string,
): Promise<QuoteView> {
  const { plan, project, quote, request } = await prepareSubmission(ports, person, ask.submission);
  const { clock } = ports;
  const work = workOf(plan, request.retry.count);
  const promised = { key, id: newId(clock, ports.randomness), account: project, work, price: quote, days: ask.days, reason: `quoted for ${plan.name}` };
  const id = await makeQuote(ports.db, promised, { person: person.name, source: "server", now: clock.now() });
  const made = await findQuote(ports.db, id);
  if (made === null) throw new Problem("internal", { detail: `quote ${id} is not there after it was made` });
  return quoteToWire(made, clock.now());
}
