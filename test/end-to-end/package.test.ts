import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot, removeEmbedded } from "#db";

/**
 * The package as users get it: packed from this clone, installed by npm into a fresh folder and run there, with a fresh home and
 * without anything of the clone on the PATH.
 */
const INSTALL_MS_MAX = 600_000;
const RUN_MS_MAX = 300_000;

const folder = mkdtempSync(join(tmpdir(), "headgate-package-"));
const project = join(folder, "project");
const home = join(folder, "home");
const state = join(home, ".local", "state", "headgate");
const modules = join(project, "node_modules");
let archive = "";

/** npm's downloads are shared with the user's own, so that a second run needs no network. */
const cache = execFileSync("npm", ["config", "get", "cache"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
const environment = {
  PATH: "/usr/local/bin:/usr/bin:/bin",
  HOME: home,
  npm_config_cache: cache,
  npm_config_prefer_offline: "true",
  npm_config_update_notifier: "false",
};

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs what npm linked, under the Node of this test: the PATH of a user may have an older one, or none. */
function headgate(args: readonly string[], program = "headgate"): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(modules, ".bin", program), ...args], {
    cwd: project,
    env: environment,
    encoding: "utf8",
    timeout: RUN_MS_MAX,
  });
  return { code: status, stdout, stderr };
}

function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", [...args], {
    cwd,
    env: { ...process.env, ...environment, PATH: process.env["PATH"] },
    encoding: "utf8",
    timeout: INSTALL_MS_MAX,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

beforeAll(() => {
  for (const path of [project, home]) mkdirSync(path, { recursive: true });
  npm(["pack", "--silent", "--pack-destination", folder], packageRoot);
  archive = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "none");
  writeFileSync(join(project, "package.json"), '{ "name": "somebody-elses-project", "private": true }\n');
  npm(["install", "--no-audit", "--no-fund", archive], project);
}, INSTALL_MS_MAX);

afterAll(async () => {
  await removeEmbedded({ stateFolder: state });
  rmSync(folder, { recursive: true, force: true });
});

describe("the package", () => {
  test("holds the bundle and what is read as files, and no source", () => {
    const files = readdirSync(join(modules, "headgate"), { recursive: true, encoding: "utf8" });
    for (const file of [
      "dist/headgate.js",
      "dist/web/index.html",
      "dist/third-party-licences.txt",
      "apps/index.json",
      "apps/quantum-espresso/app.yaml",
      "schemas/job.json",
      "examples/lab.yaml",
      "share/completions/headgate.bash",
      "LICENSE",
      "README.md",
    ]) {
      expect(files).toContain(file);
    }
    expect(files.filter((file) => /^(src|test|tools|web|docs)\//.test(file) || /\.tsx?$/.test(file))).toEqual([]);
    expect(readdirSync(join(modules, "headgate", "dist", "migrations")).length).toBe(readdirSync(join(packageRoot, "src", "db", "migrations")).length);
  });

  test("answers --version under every name", () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };
    for (const name of ["headgate", "pctl", "aws-hpc", "asbb", "budget-service"])
      expect(headgate(["--version"], name)).toEqual({ code: 0, stdout: `${name} ${version}\n`, stderr: "" });
  });

  test("runs what needs no server", () => {
    const list = headgate(["app", "list", "-o", "json"]);
    expect([list.code, (JSON.parse(list.stdout) as { items: { name: string }[] }).items.map((app) => app.name)]).toEqual([
      0,
      expect.arrayContaining(["quantum-espresso", "lammps"]),
    ]);
    expect(headgate(["app", "info", "quantum-espresso"])).toMatchObject({ code: 0, stdout: expect.stringContaining("ecutwfc") as string });
    for (const name of ["job", "app", "lab", "config", "issuers"])
      expect(headgate(["schema", name]).stdout).toBe(readFileSync(join(modules, "headgate", "schemas", `${name}.json`), "utf8"));
    expect(headgate(["completion", "bash"]).stdout).toContain("complete -F _headgate headgate");
    expect(headgate(["config", "show", "-o", "yaml"])).toMatchObject({ code: 0, stdout: expect.stringContaining(`value: ${state}`) as string });
    expect(headgate(["app", "validate", join(modules, "headgate", "apps", "heat-2d")]).code).toBe(0);
    const doctor = headgate(["doctor", "-o", "json"]);
    expect((JSON.parse(doctor.stdout) as { findings: { name: string; state: string }[] }).findings.filter((finding) => finding.state === "fail")).toEqual([]);
  });

  test("fails as it should: a wrong line, no server, an old line that is not there yet", () => {
    expect(headgate(["jbo"])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("Did you mean headgate job?") as string });
    expect(headgate(["job", "list"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("server.not-running") as string });
    expect(headgate(["create", "-t", "lab.yaml"], "pctl")).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("not-yet") as string });
  });

  test("a reader that stops early is no fault", () => {
    const piped = spawnSync("/bin/sh", ["-c", '"$0" "$1" app list -o json | head -n 1', process.execPath, join(modules, ".bin", "headgate")], {
      env: environment,
      encoding: "utf8",
      timeout: RUN_MS_MAX,
    });
    expect([piped.stdout, piped.stderr]).toEqual(["{\n", expect.not.stringContaining("EPIPE")]);
  });

  test("its Node does not become the project's, nor that of a global install", () => {
    expect(existsSync(join(modules, ".bin", "node"))).toBe(false);
    const prefix = join(folder, "global");
    npm(["install", "--global", "--prefix", prefix, "--no-audit", "--no-fund", archive], folder);
    expect(readdirSync(join(prefix, "bin")).toSorted()).toEqual(["asbb", "aws-hpc", "budget-service", "headgate", "pctl"]);
    expect(execFileSync(process.execPath, [join(prefix, "bin", "headgate"), "app", "list", "-q"], { env: environment, encoding: "utf8" })).toContain(
      "quantum-espresso",
    );
  });

  test(
    "does the main job: opens the laboratory, runs a simulation, leaves nothing behind",
    () => {
      const { code, stdout, stderr } = headgate(["start", "--once", "--no-install", "-o", "json"]);
      expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
      const { job, cost } = JSON.parse(stdout) as { job: { state: string; outcome: string }; cost: { settled: boolean; open: string } };
      expect([job.state, job.outcome, cost.settled, cost.open]).toEqual(["settled", "completed", true, "0.00"]);
      expect(existsSync(join(state, "server.json"))).toBe(false);
      expect(processesWith(state)).toEqual([]);
    },
    RUN_MS_MAX,
  );
});

/** Processes that name the state folder in their command line: whatever was left would. */
function processesWith(text: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return line.includes(text) ? [line] : [];
    } catch {
      return [];
    }
  });
}
