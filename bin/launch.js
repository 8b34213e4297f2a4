"use strict";
// Starts Headgate with a Node that is new enough. Plain CommonJS: it has to run on Node 20, and it starts sooner than a module.
const { existsSync, readFileSync, readlinkSync, unlinkSync } = require("node:fs");
const { basename, dirname, join } = require("node:path");

/** TypeScript is run directly, and the libraries need it. */
const NODE_MAJOR_MIN = 24;

const ROOT = dirname(__dirname);

/**
 * Runs the command `program` (headgate, or one of the old names) with the arguments of this process.
 * Nothing is loaded before it is needed: every millisecond here is paid by every command.
 */
async function launch(program) {
  const args = process.argv.slice(2);
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    process.stdout.write(`${program} ${JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version}\n`);
    return;
  }
  keepOurNodeToOurselves();
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
    await runHere(program, args);
    return;
  }
  const node = carriedNode();
  if (node === null) {
    const carried = `node-${process.platform}-${process.arch}`;
    process.stderr.write(
      `error  Headgate needs Node ${NODE_MAJOR_MIN} or newer; this is Node ${process.versions.node} (${process.execPath})\n` +
        `  why  the package ${carried}, which brings one along, is not installed beside it\n` +
        `  fix  install Headgate again without --omit=optional, or start it with a Node ${NODE_MAJOR_MIN}\n`,
    );
    process.exitCode = 1;
    return;
  }
  await require("./rerun.js").runUnder(node, [join(ROOT, "bin", `${program}.js`), ...args]);
}

/** A clone always runs its source, so that a build that was forgotten cannot be run by mistake; the package has only the bundle. */
async function runHere(program, args) {
  const cache = process.env.XDG_CACHE_HOME || (process.env.HOME && join(process.env.HOME, ".cache"));
  // Never in a shared temporary folder: whoever can write there could have their own code run.
  if (cache) require("node:module").enableCompileCache(join(cache, "headgate", "compile"));
  const source = join(ROOT, "src", "cli", "main.ts");
  const { main } = await import(existsSync(source) ? source : join(ROOT, "dist", "headgate.js"));
  await main(program, args, ROOT);
}

/** The folders in which npm may have put our optional dependencies: inside this package, or beside it. */
function dependencyFolders() {
  const beside = dirname(ROOT);
  return basename(beside) === "node_modules" ? [join(ROOT, "node_modules"), beside] : [join(ROOT, "node_modules")];
}

function carriedNode() {
  for (const folder of dependencyFolders()) {
    const node = join(folder, `node-${process.platform}-${process.arch}`, "bin", "node");
    if (existsSync(node)) return node;
  }
  return null;
}

/**
 * npm links the programs of all dependencies into `node_modules/.bin`, and that folder comes first on the PATH of `npm run` and
 * npx: a project that installs Headgate would run its own scripts with our Node. So the link is taken away where nobody else
 * asked for it, and what Headgate starts (people's jobs) does not see the folder.
 */
function keepOurNodeToOurselves() {
  const folders = dependencyFolders();
  const path = process.env.PATH;
  if (path !== undefined && path.includes("node_modules")) {
    const ours = new Set(folders.map((folder) => join(folder, ".bin")));
    process.env.PATH = path
      .split(":")
      .filter((part) => !ours.has(part))
      .join(":");
  }
  if (folders.length < 2) return;
  const carried = `node-${process.platform}-${process.arch}`;
  const link = join(folders[1], ".bin", "node");
  try {
    if (readlinkSync(link) !== `../${carried}/bin/node` || askedFor(carried, dirname(folders[1]))) return;
    unlinkSync(link);
  } catch {
    // No link, or a folder that is not ours to write: then there is nothing to take away.
  }
}

function askedFor(name, project) {
  try {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
    return Object.hasOwn({ ...dependencies, ...devDependencies, ...optionalDependencies }, name);
  } catch {
    return false;
  }
}

exports.launch = launch;
