import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CARRIED = `node-${process.platform}-${process.arch}`;
const MS_MAX = 30_000;

function temporary(): string {
  return mkdtempSync(join(tmpdir(), "headgate-launcher-"));
}

function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { code: number | null; signal: string | null; stdout: string; stderr: string } {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: MS_MAX,
    env: { PATH: process.env["PATH"], HOME: temporary(), ...environment },
  });
  return { code: status, signal, stdout, stderr };
}

/** What an older Node would do: it says another version and cannot replace its own process. */
const OLDER =
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.11.0" } }); process.execve = undefined; process.argv.splice(1, 0, "x");';

function asOlderNode(launcher: string, args: readonly string[]): ReturnType<typeof run> {
  return run(["-e", `${OLDER} require(${JSON.stringify(launcher)}).launch("headgate")`, "--", ...args]);
}

describe("the launcher", () => {
  test("--version answers before anything is loaded, under each name", () => {
    for (const name of ["headgate", "pctl", "aws-hpc", "asbb", "budget-service"]) {
      expect(run([join(ROOT, "bin", `${name}.js`), "--version"])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\n$`)) as string,
        stderr: "",
      });
    }
  });

  test("an older Node goes on under the one that is carried, with the same exit code", () => {
    const version = asOlderNode(join(ROOT, "bin", "launch.js"), ["version", "-o", "json"]);
    expect(version).toMatchObject({ code: 0, stderr: "" });
    expect((JSON.parse(version.stdout) as { node: string }).node).toBe(process.versions.node);
    expect(asOlderNode(join(ROOT, "bin", "launch.js"), ["no-such-command"])).toMatchObject({ code: 2, stdout: "" });
  });

  test("where none is carried it says so", () => {
    const alone = temporary();
    cpSync(join(ROOT, "bin"), join(alone, "bin"), { recursive: true });
    cpSync(join(ROOT, "package.json"), join(alone, "package.json"));
    const { code, stderr } = asOlderNode(join(alone, "bin", "launch.js"), ["job", "list"]);
    expect(code).toBe(1);
    expect(stderr.split("\n").map((line) => line.trim().split(" ")[0])).toEqual(["error", "why", "fix", ""]);
    expect(stderr).toContain("20.11.0");
  });

  test("what is compiled is kept for the next start, in the user's own folder", () => {
    const home = temporary();
    run([join(ROOT, "bin", "headgate.js"), "version"], { HOME: home });
    expect(existsSync(join(home, ".cache", "headgate", "compile"))).toBe(true);
  });
});

describe("a project that installs Headgate", () => {
  /** node_modules as npm makes it: our optional dependency beside us, and its program linked for the whole project. */
  function project(manifest: object): { folder: string; link: string; launcher: string } {
    const folder = temporary();
    const modules = join(folder, "node_modules");
    for (const path of ["headgate/dist", `${CARRIED}/bin`, ".bin"]) mkdirSync(join(modules, path), { recursive: true });
    cpSync(join(ROOT, "bin"), join(modules, "headgate", "bin"), { recursive: true });
    writeFileSync(join(modules, "headgate", "package.json"), '{ "name": "headgate", "version": "1.2.3", "type": "module" }');
    writeFileSync(join(modules, "headgate", "dist", "headgate.js"), "export const main = async () => console.log(process.env.PATH);");
    symlinkSync(process.execPath, join(modules, CARRIED, "bin", "node"));
    const link = join(modules, ".bin", "node");
    symlinkSync(`../${CARRIED}/bin/node`, link);
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    return { folder, link, launcher: join(modules, "headgate", "bin", "headgate.js") };
  }

  const isThere = (link: string) => lstatSync(link, { throwIfNoEntry: false }) !== undefined;

  test("does not get our Node: neither its scripts nor what Headgate starts", () => {
    const { folder, link, launcher } = project({ dependencies: { headgate: "1.2.3" } });
    const { code, stdout } = run([launcher, "job", "list"], { PATH: `${folder}/node_modules/.bin:/usr/bin:/bin` });
    expect([code, stdout]).toEqual([0, "/usr/bin:/bin\n"]);
    expect(isThere(link)).toBe(false);
  });

  test("unless it asked for that Node itself", () => {
    const { link, launcher } = project({ devDependencies: { [CARRIED]: "24.0.0" } });
    expect(run([launcher, "job", "list"]).code).toBe(0);
    expect(isThere(link)).toBe(true);
  });
});

describe("a program that runs in our place", () => {
  const script = (lines: string) => {
    const file = join(temporary(), "program.cjs");
    writeFileSync(file, lines);
    return file;
  };
  const inPlace = (file: string) => [
    "-e",
    `process.execve = undefined; require(${JSON.stringify(join(ROOT, "bin", "rerun.js"))}).runUnder(process.execPath, [${JSON.stringify(file)}])`,
  ];

  async function started(child: ChildProcess): Promise<void> {
    await new Promise<void>((resolve) => child.stdout!.once("data", () => resolve()));
  }

  function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
    return new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
  }

  test("gives its exit code and its output", () => {
    expect(run(inPlace(script('console.log("out"); console.error("err"); process.exitCode = 7;')))).toEqual({
      code: 7,
      signal: null,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s reaches it, and it decides how it ends", async (signal) => {
    const file = script(`process.on("${signal}", () => process.exit(5)); setInterval(() => undefined, 1000); console.log("ready");`);
    const child = spawn(process.execPath, inPlace(file), { stdio: ["ignore", "pipe", "ignore"] });
    const end = ended(child);
    await started(child);
    child.kill(signal);
    expect(await end).toEqual({ code: 5, signal: null });
  });

  test("when a signal ends it, the same one ends us", async () => {
    const file = script('console.log("ready"); process.kill(process.pid, "SIGKILL");');
    const child = spawn(process.execPath, inPlace(file), { stdio: ["ignore", "pipe", "ignore"] });
    expect(await ended(child)).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("a program that is not there is a failure with words", () => {
    const { code, stderr } = run([
      "-e",
      `process.execve = undefined; require(${JSON.stringify(join(ROOT, "bin", "rerun.js"))}).runUnder("/no/such/program", [])`,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("/no/such/program cannot be started");
  });
});
