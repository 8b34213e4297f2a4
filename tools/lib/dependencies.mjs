// Brings node_modules in line with package-lock.json. Plain JavaScript without dependencies: it runs on the Node that the
// user has (20 or newer), before anything is installed. Used by `npm start` and `npm test`.
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { lock } from "./lock.mjs";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Half an hour: a cold install over a slow line takes minutes; anything longer hangs. */
const INSTALL_MS_MAX = 30 * 60_000;

/** The name of the package that carries Node 24 for this machine. */
function carriedNodePackage() {
  return `node-${process.platform}-${process.arch}`;
}

/** The Node 24 that the lock file carries, or null where there is none for this platform or nothing is installed yet. */
export function carriedNode(root = ROOT) {
  const path = join(root, "node_modules", carriedNodePackage(), "bin", "node");
  return existsSync(path) ? path : null;
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages ?? null;
  } catch {
    return null;
  }
}

/**
 * What is stale in node_modules as one sentence, or null when it holds every package of the lock file in its version.
 * npm writes its own list (`node_modules/.package-lock.json`) at the very end, so an install that was interrupted shows as none.
 * Optional packages may be absent (they are for other platforms), but for the one that carries Node here.
 */
export function staleness(root = ROOT) {
  const wanted = readPackages(join(root, "package-lock.json"));
  if (wanted === null) return "package-lock.json cannot be read";
  const installed = readPackages(join(root, "node_modules", ".package-lock.json"));
  if (installed === null) return "nothing is installed yet";
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "" || entry.link === true) continue;
    const version = installed[path]?.version;
    if (version === undefined) {
      if (entry.optional === true && path !== `node_modules/${carriedNodePackage()}`) continue;
      return `${path.replace(/^.*node_modules\//, "")} is missing`;
    }
    if (version !== entry.version) return `${path.replace(/^.*node_modules\//, "")} is ${version} and should be ${entry.version}`;
  }
  return null;
}

/**
 * Runs `npm ci` when something is stale; its words go to the file `log`. Two callers at once are kept apart by a lock.
 * Returns what was done; throws an Error whose message says what went wrong and where the log is.
 * @param {{ root?: string, log?: string, say?: (words: string) => void }} options
 * @returns {Promise<{ installed: boolean, ms: number }>}
 */
export async function ensureDependencies({ root = ROOT, log = join(root, ".headgate", "install.log"), say = () => undefined } = {}) {
  const begun = Date.now();
  if (staleness(root) === null) return { installed: false, ms: Date.now() - begun };
  mkdirSync(dirname(log), { recursive: true });
  const { descriptor, release } = await lock(join(root, ".headgate", "install.lock"), {
    secondsMax: INSTALL_MS_MAX / 1000,
    onWait: () => say("waiting for another install in this folder"),
  });
  try {
    const reason = staleness(root);
    if (reason === null) return { installed: false, ms: Date.now() - begun };
    say(`installing dependencies: ${reason} (log: ${log})`);
    await npmCi(root, log, descriptor);
    const still = staleness(root);
    if (still !== null) throw new Error(`npm ci ended, but ${still}. Its words are in ${log}`);
    return { installed: true, ms: Date.now() - begun };
  } finally {
    release();
  }
}

/** npm inherits the lock: one that goes on after we were killed still keeps the next from installing beside it. */
function npmCi(root, log, lockDescriptor) {
  // npm says where its own program is when we were started by it; the npm on the PATH otherwise.
  const npm = process.env.npm_execpath?.endsWith("npm-cli.js") === true ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const out = openSync(log, "w");
  return new Promise((resolve, reject) => {
    const child = spawn(npm[0], [...npm.slice(1), "ci", "--no-audit", "--no-fund", "--loglevel=warn"], {
      cwd: root,
      stdio: ["ignore", out, out, lockDescriptor],
      timeout: INSTALL_MS_MAX,
    });
    child.once("error", (error) => reject(new Error(`npm cannot be started: ${error.message}`)));
    child.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`npm ci failed (${signal ?? `exit ${code}`}): ${lastLines(log)}\nIts words are in ${log}`));
    });
  }).finally(() => closeSync(out));
}

function lastLines(log) {
  return readFileSync(log, "utf8").trimEnd().split("\n").slice(-5).join("\n");
}
