import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { folderOfApp, validateApp as readAndCheck, writeScaffold } from "#app";
import { EXIT } from "#kernel";
import { appFoldersOf } from "../app-folders.ts";
import type { RunOf } from "../command.ts";
import { count } from "../format.ts";
import { faultCount, renderFaults } from "../problem.ts";
import type { appNewTakes, appValidateTakes } from "./app.ts";

/** A folder or a file, as typed; else an app by its name, where `app list` looks for it. A folder that is there goes first, so that what one works on is checked. */
function pathOf(typed: string, cwd: string, context: Parameters<typeof appFoldersOf>[0]): string {
  const path = resolve(cwd, typed);
  return existsSync(path) ? path : (folderOfApp(appFoldersOf(context), typed) ?? path);
}

/** The answer's shape with -o json: `{ file, valid, faults, app }`; app is null when there is an error. Exit code 3 then. */
export const validateApp: RunOf<typeof appValidateTakes> = async (context, { args }) => {
  const { output, surroundings } = context;
  const checked = await readAndCheck(pathOf(args.app ?? ".", surroundings.cwd, context));
  const { file, valid, faults, app } = checked;
  await output.show(checked, (view) => {
    const found = faults.length === 0 ? "" : `${renderFaults(faults, view)}${faultCount(faults)}\n`;
    return app === null ? found : `${found}${file} is valid: ${app.name} ${app.version}, ${count(app.cases.length, "case")}\n`;
  });
  return valid ? EXIT.ok : EXIT.invalid;
};

/** The answer's shape with -o json: `{ name, folder }`. */
export const newApp: RunOf<typeof appNewTakes> = async ({ output, surroundings, config }, { args, flags }) => {
  const folders = flags.in === undefined ? config.apps.folder : resolve(surroundings.cwd, flags.in);
  const folder = await writeScaffold(folders, args.name);
  await output.show({ name: args.name, folder }, () => `${folder}\n`);
  output.note(
    `Next  headgate app validate ${folder}      headgate job run ${args.name}/example${flags.in === undefined ? "" : `      (the server has to know the folder: apps.path in headgate config show)`}\n`,
  );
};
