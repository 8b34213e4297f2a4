// Builds the dashboard when what it is made of has changed. Plain JavaScript without dependencies: it runs on the Node of the user.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { carriedNode, ROOT } from "./dependencies.mjs";
import { lock } from "./lock.mjs";

/** Where the server finds the dashboard, in a clone as in the package. */
export const DASHBOARD = join(ROOT, "dist", "web");

/** Ten minutes: a build takes seconds. */
const BUILD_MS_MAX = 10 * 60_000;
const SKIPPED = new Set(["node_modules", "dist", ".vite"]);

/** Everything the build reads: the dashboard's own files, the contracts and the kernel that it imports, and the libraries' versions. */
function sources(root) {
  const found = [join(root, "package-lock.json")];
  const walk = (folder, wanted) => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) walk(path, wanted);
      else if (entry.isFile() && wanted(path)) found.push(path);
    }
  };
  walk(join(root, "web"), () => true);
  walk(join(root, "src"), (path) => path.endsWith("/contract.ts") || path.includes("/src/kernel/"));
  return found.sort();
}

/** One hash over names and contents; it changes exactly when the build would. */
export function dashboardStamp(root = ROOT) {
  const hash = createHash("sha256");
  for (const path of sources(root)) {
    const content = readFileSync(path);
    hash.update(`${path.slice(root.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/**
 * Builds the dashboard if it is not there or its sources have changed; `say` is told when that begins.
 * The build goes into a folder of its own and takes the old one's place at the end, so that one that was interrupted leaves the old one.
 * @returns {Promise<boolean>} whether something was built
 */
export async function ensureDashboard({ root = ROOT, output = DASHBOARD, log = join(root, ".headgate", "dashboard.log"), say = () => undefined } = {}) {
  const stampFile = join(root, ".headgate", "dashboard.stamp");
  const stamp = dashboardStamp(root);
  const isBuilt = () => existsSync(join(output, "index.html")) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
  if (isBuilt()) return false;
  mkdirSync(dirname(log), { recursive: true });
  const { descriptor, release } = await lock(join(root, ".headgate", "dashboard.lock"), {
    secondsMax: BUILD_MS_MAX / 1000,
    onWait: () => say("waiting for another build in this folder"),
  });
  try {
    // Another start may have built it while we waited.
    if (isBuilt()) return false;
    say("building");
    removeUnfinished(output);
    const fresh = `${output}.${process.pid}`;
    try {
      await viteBuild(root, fresh, log, descriptor);
      rmSync(stampFile, { force: true });
      rmSync(output, { recursive: true, force: true });
      renameSync(fresh, output);
      writeFileSync(stampFile, stamp);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
    return true;
  } finally {
    release();
  }
}

/** What builds that were killed have left beside it. The caller holds the lock. */
function removeUnfinished(output) {
  if (!existsSync(dirname(output))) return;
  for (const name of readdirSync(dirname(output))) {
    if (name.startsWith(`${basename(output)}.`)) rmSync(join(dirname(output), name), { recursive: true, force: true });
  }
}

async function viteBuild(root, output, log, lockDescriptor) {
  const out = openSync(log, "w");
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const args = [vite, "build", join(root, "web"), "--outDir", output, "--emptyOutDir", "--logLevel", "warn"];
  try {
    await new Promise((resolve, reject) => {
      const child = spawn(carriedNode(root) ?? process.execPath, args, {
        cwd: root,
        stdio: ["ignore", out, out, lockDescriptor],
        env: { ...process.env, NO_COLOR: "1" },
        timeout: BUILD_MS_MAX,
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        if (code === 0) resolve();
        else reject(new Error(`vite build failed (${signal ?? `exit ${code}`}): ${cause(log)}\nIts words are in ${log}`));
      });
    });
  } finally {
    closeSync(out);
  }
}

/** The first lines of what went wrong; what follows them is where in vite it did. */
function cause(log) {
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  const begin = lines.findIndex((line) => line.startsWith("error during build"));
  return (begin < 0 ? lines.slice(-5) : lines.slice(begin + 1, begin + 6)).filter((line) => line.trim() !== "").join("\n");
}
