import { listCatalogue, missingNeeds, needWords, probe, type Found, type ListedApp } from "#app";
import { appFoldersOf } from "../app-folders.ts";
import type { RunOf } from "../command.ts";
import { renderTable } from "../table.ts";
import type { appListTakes } from "./app.ts";

/** The answer's shape with -o json: `{ items: [{ name, display_name, version, description, license, tags, cases, needs, packages, origin, folder, fault, missing }], next: null }`. */
export const listApps: RunOf<typeof appListTakes> = async (context) => {
  const apps = await listCatalogue(appFoldersOf(context));
  const found = probe(
    apps.flatMap((app) => app.needs),
    context.surroundings.environment["PATH"] ?? "",
  );
  const items = apps.map((app) => ({ ...app, missing: missingNeeds(app.needs, found) }));
  await context.output.show({ items, next: null }, ({ style, columns }) =>
    renderTable(
      items,
      [
        { head: "app", cell: (app) => app.name },
        {
          head: "",
          cell: (app) => stateOf(app, found),
          paint: (words, app) => (app.fault !== null ? style.red(words) : app.missing.length > 0 ? style.yellow(words) : style.green(words)),
        },
        { head: "cases", cell: (app) => app.cases.map((one) => one.name).join(" "), minimum: 20 },
        { head: "", cell: (app) => app.fault ?? app.description, minimum: 20, paint: (words) => style.dim(words) },
      ],
      { style, columns },
    ),
  );
  const absent = items.find((app) => app.missing.length > 0);
  const first = items.find((app) => app.missing.length === 0 && app.cases.length > 0);
  if (first !== undefined) context.output.note(`Run one: headgate job run ${first.name}/${first.cases[0]!.name}\n`);
  if (absent !== undefined) context.output.note(`Missing: ${absent.name} needs ${needWords(absent.missing[0]!)};  headgate app info ${absent.name}\n`);
};

function stateOf(app: ListedApp, found: Found): string {
  if (app.fault !== null) return "faulty";
  return missingNeeds(app.needs, found).length === 0 ? "ready" : "missing";
}
