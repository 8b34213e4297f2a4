// npm start: makes a fresh clone ready and does the main job. Plain JavaScript without dependencies, on Node 20 or newer:
// dependencies when the lock file moved on, the dashboard when its sources did, then `headgate start` under the carried Node 24.
import { join } from "node:path";
import { runUnder } from "../bin/rerun.js";
import { ensureDashboard } from "./lib/dashboard.mjs";
import { carriedNode, ensureDependencies, ROOT } from "./lib/dependencies.mjs";
import { step } from "./lib/steps.mjs";

const NODE_MAJOR_MIN = 20;

function problem(what, why, fix) {
  process.stderr.write(`error  ${what}\n  why  ${why}\n  fix  ${fix}\n`);
  process.exit(1);
}

function checkMachine() {
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
    problem(
      `this is Node ${process.versions.node}`,
      `a clone of Headgate needs Node ${NODE_MAJOR_MIN} or newer to set itself up; it then brings its own Node 24`,
      "install Node 24 (nodejs.org, or your system's packages) and try again",
    );
  }
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    problem(
      `this is ${process.platform} on ${process.arch}`,
      "Headgate runs on Linux, on x64 and arm64: jobs are run by means of the Linux kernel",
      "use a Linux machine, or a Linux container on this one",
    );
  }
}

/** What the words of npm mean, for the causes that people meet. */
function installFix(message) {
  if (/ENOSPC|no space left/i.test(message)) return "free some space (the dependencies need about 600 MB), then type npm start again";
  if (/EACCES|EPERM|EROFS|cannot be written/i.test(message)) return `make ${ROOT} writable for you, then type npm start again`;
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/i.test(message))
    return "the registry of npm cannot be reached: check the network or the proxy (npm config get proxy), then type npm start again";
  if (/cannot be started/i.test(message)) return "install npm (it comes with Node), then type npm start again";
  return "look at the log; then type npm start again, what is half done is done anew";
}

/** The stream with a line above the first that is written, so that a start with nothing to set up says nothing of it. */
function headed(stream, head) {
  let begun = false;
  return {
    isTTY: stream.isTTY,
    write: (text) => {
      if (!begun) stream.write(head);
      begun = true;
      return stream.write(text);
    },
  };
}

checkMachine();
const lines = headed(process.stderr, `Setting up ${ROOT}\n`);
try {
  await step(
    "dependencies",
    async (say) => {
      const { installed } = await ensureDependencies({ say });
      return installed ? "installed" : null;
    },
    lines,
  );
} catch (error) {
  problem("the dependencies cannot be installed", error.message, installFix(error.message));
}
try {
  await step("dashboard", async (say) => ((await ensureDashboard({ say })) ? "built" : null), lines);
} catch (error) {
  problem("the dashboard cannot be built", error.message, installFix(error.message));
}
await runUnder(carriedNode() ?? process.execPath, [join(ROOT, "bin", "headgate.js"), "start", ...process.argv.slice(2)]);
