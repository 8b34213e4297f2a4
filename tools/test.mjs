// npm test: installs what the tests need, runs them all, and ends with one line of counts. Plain JavaScript: it runs on the Node that
// the user has (20 or newer), brings the dependencies in line and goes on under the Node 24 that the lock file carries.
//
// npm test -- src/budget        only the test files whose path contains src/budget
// npm test -- -t "is refused"   only the tests whose name matches; every other flag of vitest is passed on too
import { join } from "node:path";
import { runUnder } from "../bin/rerun.js";
import { carriedNode, ensureDependencies, ROOT } from "./lib/dependencies.mjs";

try {
  await ensureDependencies({ say: (words) => process.stderr.write(`${words}\n`) });
} catch (error) {
  process.stderr.write(
    `error  the dependencies cannot be installed\n  why   ${error.message}\n  fix   check the connection to the registry of npm, then try again\n`,
  );
  process.stdout.write("0 passed, 1 failed\n");
  process.exit(1);
}
await runUnder(carriedNode() ?? process.execPath, [join(ROOT, "tools", "test", "main.ts"), ...process.argv.slice(2)]);
