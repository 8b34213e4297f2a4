import { appService, needWords, type AppSummary } from "#app";
import { appFoldersOf } from "../app-folders.ts";
import type { RunOf } from "../command.ts";
import { renderTable } from "../table.ts";
import type { appListTakes } from "./app.ts";

/** A list is made from indexes: no app is opened, which would take YAML and zod. */
const NOTHING_OPENED = { names: () => [], find: () => undefined };

/** The answer's shape with -o json is that of GET /api/v1/apps: `{ items, next }`, looked up on this machine. */
export const listApps: RunOf<typeof appListTakes> = async (context) => {
  const path = context.surroundings.environment["PATH"] ?? "";
  const items = await appService({ folders: appFoldersOf(context), catalogue: NOTHING_OPENED, path }).list();
  await context.output.show({ items, next: null }, ({ style, columns }) =>
    renderTable(
      items,
      [
        { head: "app", cell: (app) => app.name },
        { head: "", cell: stateOf, paint: (words, app) => (app.ready ? style.green(words) : app.fault === null ? style.yellow(words) : style.red(words)) },
        { head: "cases", cell: (app) => app.cases.map((one) => one.name).join(" "), minimum: 20 },
        { head: "", cell: (app) => app.fault ?? app.description, minimum: 20, paint: (words) => style.dim(words) },
      ],
      { style, columns },
    ),
  );
  const first = items.find((app) => app.ready && app.cases.length > 0);
  if (first !== undefined) context.output.note(`Run one: headgate job run ${first.name}/${first.cases[0]!.name}\n`);
  const absent = items.find((app) => app.missing.length > 0);
  if (absent !== undefined) context.output.note(`Missing: ${absent.name} needs ${needWords(absent.missing[0]!)};  headgate app info ${absent.name}\n`);
};

function stateOf(app: AppSummary): string {
  return app.fault !== null ? "faulty" : app.ready ? "ready" : "missing";
}
