import { join } from "node:path";
import { appFolders, type AppFolder } from "#app";
import type { Context } from "./context.ts";

/** Where apps are looked for: folders on the line or of the settings, one's own, the catalogue. */
export function appFoldersOf({ config, root }: Pick<Context, "config" | "root">): AppFolder[] {
  return appFolders({ catalogue: join(root, "apps"), user: config.apps.folder, paths: config.apps.path });
}
