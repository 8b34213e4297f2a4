import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { configPath, exampleConfig } from "#config";
import { Problem } from "#kernel";
import type { RunOf } from "../command.ts";
import type { configInitTakes } from "./installation.ts";

/** The answer's shape with -o json: `{ file }`. */
export const writeConfig: RunOf<typeof configInitTakes> = async (context, { flags }) => {
  const { surroundings, output } = context;
  const file = resolve(surroundings.cwd, flags.file ?? context.shared.config ?? surroundings.environment["HEADGATE_CONFIG"] ?? configPath(surroundings));
  try {
    mkdirSync(dirname(file), { recursive: true });
    // A password may come to stand in it.
    writeFileSync(file, exampleConfig(surroundings), { flag: "wx", mode: 0o600 });
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new Problem("file.unwritable", {
      detail: there ? `${file} is there already` : (error as Error).message,
      ...(there ? { fix: "Take another name with --file, or look at what holds: headgate config show." } : {}),
      facts: { file },
      cause: error,
    });
  }
  await output.show({ file }, () => `${file}\n`);
};
