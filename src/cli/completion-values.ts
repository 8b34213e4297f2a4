import { listCatalogue } from "#app";
import { budgetRoutes } from "#budget/contract";
import { jobRoutes } from "#job/contract";
import { loadConfig, type Surroundings } from "#config";
import { appFoldersOf } from "./app-folders.ts";
import type { Client } from "./client.ts";
import { stateWord } from "./job-text.ts";
import type { Proposal, Values } from "./completion.ts";

/** Somebody waits for the Tab: a server that does not answer by then proposes nothing. */
const PATIENCE_MS = 1000;
const PROPOSALS_MAX = 50;

/** Values that only the installation knows, from the catalogue on disk and from the server if one runs. Never fails: no proposal is better than noise on the line. */
export function valuesFor({ root, surroundings }: { readonly root: string; readonly surroundings: Surroundings }): Values {
  return async (hint) => {
    try {
      switch (hint) {
        case "app":
        case "case":
          return await appsOrCases(hint, root, surroundings);
        case "job":
          return await asked(surroundings, async (client) => {
            const { items } = await client.call(jobRoutes.list, { query: { limit: PROPOSALS_MAX } });
            return items.map((job) => ({ word: job.number, brief: `${job.name}, ${stateWord(job)}` }));
          });
        case "project":
          return await asked(surroundings, async (client) => {
            const { items } = await client.call(budgetRoutes.listAccounts, { query: { limit: PROPOSALS_MAX } });
            return items.map((account) => ({ word: account.name, brief: account.title }));
          });
        case "person":
          return await asked(surroundings, async (client) => {
            const { accessRoutes } = await import("#access/contract");
            const { items } = await client.call(accessRoutes.listPeople, { query: { limit: PROPOSALS_MAX } });
            return items.map((person) => ({ word: person.name, brief: person.display_name }));
          });
      }
    } catch {
      return [];
    }
  };
}

async function appsOrCases(hint: "app" | "case", root: string, surroundings: Surroundings): Promise<Proposal[]> {
  const { config } = await loadConfig({ flags: {}, surroundings });
  const apps = await listCatalogue(appFoldersOf({ root, config }));
  return apps.flatMap((app) =>
    hint === "app" ? [{ word: app.name, brief: app.description }] : app.cases.map((one) => ({ word: `${app.name}/${one.name}`, brief: one.description })),
  );
}

async function asked(surroundings: Surroundings, question: (client: Client) => Promise<Proposal[]>): Promise<Proposal[]> {
  const { config } = await loadConfig({ flags: {}, surroundings });
  const { openClient } = await import("./client.ts");
  const { findEndpoint } = await import("./endpoint.ts");
  return await question(
    openClient({
      endpoint: findEndpoint(config),
      person: config.person,
      idempotencyKey: "completion",
      signal: AbortSignal.timeout(PATIENCE_MS),
      agent: "headgate completion",
    }),
  );
}
