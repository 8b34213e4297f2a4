import { listCatalogue } from "#app";
import { loadConfig, type Surroundings } from "#config";
import { appFoldersOf } from "./app-folders.ts";
import type { Proposal, Values } from "./completion.ts";

/**
 * Values that only the installation knows: apps and cases from the catalogue on disk, the rest from the server if one runs. Never
 * fails: no proposal is better than noise on the line.
 */
export function valuesFor({ root, surroundings }: { readonly root: string; readonly surroundings: Surroundings }): Values {
  return async (hint) => {
    try {
      const { config } = await loadConfig({ flags: {}, surroundings });
      if (hint === "app" || hint === "case") {
        const apps = await listCatalogue(appFoldersOf({ root, config }));
        if (hint === "app") return apps.map((app): Proposal => ({ word: app.name, brief: app.description }));
        return apps.flatMap((app) => app.cases.map((one): Proposal => ({ word: `${app.name}/${one.name}`, brief: one.description })));
      }
      const { askServer } = await import("./completion-server.ts");
      return await askServer(hint, config);
    } catch {
      return [];
    }
  };
}
