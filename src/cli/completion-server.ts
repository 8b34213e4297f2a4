import { accessRoutes } from "#access/contract";
import { budgetRoutes } from "#budget/contract";
import type { Config } from "#config";
import { jobRoutes } from "#job/contract";
import { openClient } from "./client.ts";
import type { Proposal } from "./completion.ts";
import { findEndpoint } from "./endpoint.ts";
import { stateWord } from "./job-text.ts";

/** Somebody waits for the Tab: a server that does not answer by then proposes nothing. */
const PATIENCE_MS = 1000;
const PROPOSALS_MAX = 50;

/** What the server knows that may stand on the line. Throws when none runs or it does not answer in time. */
export async function askServer(hint: "job" | "project" | "person", config: Config): Promise<Proposal[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const client = openClient({ endpoint: findEndpoint(config), person: config.person, idempotencyKey: "completion", signal, agent: "headgate completion" });
  const query = { limit: PROPOSALS_MAX };
  switch (hint) {
    case "job":
      return (await client.call(jobRoutes.list, { query })).items.map((job) => ({ word: job.number, brief: `${job.name}, ${stateWord(job)}` }));
    case "project":
      return (await client.call(budgetRoutes.listAccounts, { query })).items.map((account) => ({ word: account.name, brief: account.title }));
    case "person":
      return (await client.call(accessRoutes.listPeople, { query })).items.map((person) => ({ word: person.name, brief: person.display_name }));
  }
}
