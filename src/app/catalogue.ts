import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nearest, Problem } from "#kernel";
import type { App, AppOrigin } from "./app.ts";
import { APP_FILE, appNames, readAppFolder } from "./folder.ts";
import { indexText, listingOf, parseIndex, type ListedApp } from "./listing.ts";

/** A folder of apps, one folder each. */
export type AppFolder = { readonly origin: AppOrigin; readonly path: string };

export const INDEX_FILE = "index.json";

/** The first folder that has an app of a name wins, so --app-path comes before the user's own, and that before the catalogue. */
export function appFolders(where: { readonly catalogue: string; readonly user: string | null; readonly paths: readonly string[] }): AppFolder[] {
  return [
    ...where.paths.map((path): AppFolder => ({ origin: "path", path })),
    ...(where.user === null ? [] : [{ origin: "user" as const, path: where.user }]),
    { origin: "catalogue", path: where.catalogue },
  ];
}

/** Apps by name. Reading one is synchronous and takes some milliseconds the first time. */
export type Catalogue = {
  /** Sorted, each once. */
  names(): readonly string[];
  /** Undefined when there is none; throws `input.invalid` with every fault when its file is wrong. */
  find(name: string): App | undefined;
};

/**
 * Opens the folders of apps. Apps of the catalogue are read once, because they change only with Headgate itself; the user's own are read
 * each time, because he is probably working on them.
 */
export async function openCatalogue(folders: readonly AppFolder[]): Promise<Catalogue> {
  const { readApp } = await import("./read-app.ts");
  const kept = new Map<string, App>();
  return {
    names: () => [...new Set(folders.flatMap((folder) => appNames(folder.path)))].toSorted(),
    find: (name) => {
      const folder = folderOf(folders, name);
      if (folder === undefined) return undefined;
      const known = folder.origin === "catalogue" ? kept.get(name) : undefined;
      if (known !== undefined) return known;
      const { app, faults } = readAppFolder(readApp, join(folder.path, name), folder.origin);
      if (app === undefined) {
        const errors = faults.filter((fault) => fault.severity === "error");
        throw new Problem("input.invalid", {
          detail: `the app "${name}" has ${errors.length} ${errors.length === 1 ? "error" : "errors"} in its file`,
          faults,
          fix: `headgate app validate ${join(folder.path, name)} shows them.`,
        });
      }
      if (folder.origin === "catalogue") kept.set(name, app);
      return app;
    },
  };
}

/** The folder in which the app of a name lies; undefined when there is none. */
export function folderOfApp(folders: readonly AppFolder[], name: string): string | undefined {
  const folder = folderOf(folders, name);
  return folder === undefined ? undefined : join(folder.path, name);
}

/** Names come from requests: only one that a folder of apps really lists is joined to a path. */
function folderOf(folders: readonly AppFolder[], name: string): AppFolder | undefined {
  return /^[a-z][a-z0-9_.-]{0,62}$/.test(name) ? folders.find((folder) => existsSync(join(folder.path, name, APP_FILE))) : undefined;
}

/** The app of a name; the problem `app.not-found` names the nearest there is. */
export function requireApp(catalogue: Catalogue, name: string): App {
  const app = catalogue.find(name);
  if (app !== undefined) return app;
  const guess = nearest(name, catalogue.names());
  throw new Problem("app.not-found", {
    detail: `there is no app "${name}"`,
    ...(guess === undefined ? {} : { fix: `Did you mean ${guess}? headgate app list shows all.` }),
  });
}

/** Every app for a list. The catalogue comes from its index; zod and yaml are loaded only when there are apps besides it. */
export async function listCatalogue(folders: readonly AppFolder[]): Promise<ListedApp[]> {
  const listed = new Map<string, ListedApp>();
  for (const folder of folders) {
    for (const app of folder.origin === "catalogue" ? listIndex(folder) : await listFolder(folder)) {
      if (!listed.has(app.name)) listed.set(app.name, app);
    }
  }
  return [...listed.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function listIndex(folder: AppFolder): ListedApp[] {
  const path = join(folder.path, INDEX_FILE);
  let index;
  try {
    index = parseIndex(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new Problem("file.unreadable", { detail: `${path} cannot be read: ${(cause as Error).message}`, fix: "npm run generate writes it anew.", cause });
  }
  if (index === undefined)
    throw new Problem("file.unreadable", { detail: `${path} is not the index of this version`, fix: "npm run generate writes it anew." });
  return index.apps.map((app) => ({ ...app, origin: folder.origin, folder: join(folder.path, app.name), fault: null }));
}

async function listFolder(folder: AppFolder): Promise<ListedApp[]> {
  const names = appNames(folder.path);
  if (names.length === 0) return [];
  const { readApp } = await import("./read-app.ts");
  return names.map((name): ListedApp => {
    const path = join(folder.path, name);
    const { app, faults } = readAppFolder(readApp, path, folder.origin);
    if (app !== undefined) return { ...listingOf(app), origin: folder.origin, folder: path, fault: null };
    const errors = faults.filter((fault) => fault.severity === "error").length;
    const fault = `${errors} ${errors === 1 ? "error" : "errors"}: headgate app validate ${path}`;
    return {
      name,
      display_name: name,
      version: "",
      description: "",
      license: "",
      tags: [],
      cases: [],
      needs: [],
      packages: [],
      origin: folder.origin,
      folder: path,
      fault,
    };
  });
}

/** What `apps/index.json` should hold now. Throws `input.invalid` when an app of the folder is wrong. */
export async function generateIndex(catalogueFolder: string): Promise<string> {
  const catalogue = await openCatalogue([{ origin: "catalogue", path: catalogueFolder }]);
  return indexText(catalogue.names().map((name) => requireApp(catalogue, name)));
}
