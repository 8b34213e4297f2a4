import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunOf } from "../command.ts";
import type { completionTakes } from "./installation.ts";

export const printCompletion: RunOf<typeof completionTakes> = async ({ output, root }, { args }) => {
  output.raw(readFileSync(join(root, "share", "completions", `headgate.${args.shell}`), "utf8"));
};
