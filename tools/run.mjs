// node tools/run.mjs FILE.ts [arguments]: runs a TypeScript program of this repository under the Node 24 that the lock file
// carries, after bringing the dependencies in line. Plain JavaScript: it runs on the Node that the user has.
import { resolve } from "node:path";
import { runUnder } from "../bin/rerun.js";
import { carriedNode, ensureDependencies } from "./lib/dependencies.mjs";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write("usage: node tools/run.mjs FILE.ts [arguments]\n");
  process.exit(2);
}
try {
  await ensureDependencies({ say: (words) => process.stderr.write(`${words}\n`) });
} catch (error) {
  process.stderr.write(
    `error  the dependencies cannot be installed\n  why  ${error.message}\n  fix  check the connection to the registry of npm, then try again\n`,
  );
  process.exit(1);
}
await runUnder(carriedNode() ?? process.execPath, [resolve(file), ...args]);
