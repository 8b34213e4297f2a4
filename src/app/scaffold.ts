import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NAME, Problem } from "#kernel";
import { APP_YAML, MODEL, README, SETTINGS } from "./scaffold-files.ts";

/** The files of a new app, by name. It validates as it is and its case runs on any machine with awk, so that every change starts from green. */
export function scaffoldApp(name: string): ReadonlyMap<string, string> {
  if (!NAME.test(name)) throw new Problem("value.name", { detail: `${JSON.stringify(name)} is not a name for an app` });
  const named = (text: string) => text.replaceAll("@NAME@", name);
  return new Map([
    ["app.yaml", named(APP_YAML)],
    ["model.awk", MODEL],
    ["settings.txt", SETTINGS],
    ["README.md", named(README)],
  ]);
}

/** Writes a new app into a folder of apps, as `<folder>/<name>`; nothing that is there is touched. Returns the app's folder. Throws `app.exists`. */
export async function writeScaffold(folder: string, name: string): Promise<string> {
  const files = scaffoldApp(name);
  const target = join(folder, name);
  await mkdir(folder, { recursive: true });
  try {
    await mkdir(target);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST")
      throw new Problem("app.run-failed", { detail: `${target} cannot be made: ${(cause as Error).message}`, cause });
    throw new Problem("app.exists", { detail: `${target} is there already`, cause });
  }
  for (const [file, text] of files) await writeFile(join(target, file), text);
  return target;
}
