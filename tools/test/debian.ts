/** Installs Debian packages as root, quietly, with a log. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** An hour: the largest set (several science codes) is near a gigabyte to fetch. */
const INSTALL_MS_MAX = 60 * 60_000;
const POLICY = "/usr/sbin/policy-rc.d";

/** Why packages cannot be installed here as one sentence, or null when they can. */
export function cannotInstall(): string | null {
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) return "this is not Debian or Ubuntu";
  if (process.getuid?.() !== 0) return "that needs root";
  return null;
}

/** Those of the packages that are not installed. Where there is no dpkg, all of them. */
export async function missingPackages(names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const { code, output } = await run("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Abbrev}\n", ...names]);
  if (code === null) return [...names];
  const installed = new Set(
    output
      .split("\n")
      .filter((line) => /^\S+ ii/.test(line))
      .map((line) => line.split(" ")[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/**
 * Installs packages. Its words go to the file `log`; throws an Error with the last of them on failure.
 * The archives are kept in a folder of our own: container images carry a hook that empties the shared one whenever any apt-get
 * of the machine ends, in the middle of somebody else's install. No service is started by the packages.
 */
export async function installPackages(names: readonly string[], { log }: { readonly log: string }): Promise<void> {
  mkdirSync(dirname(log), { recursive: true });
  const archives = mkdtempSync(join(tmpdir(), "headgate-apt-"));
  mkdirSync(join(archives, "partial"));
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const options = [
    "-y",
    "-qq",
    "-o",
    "DPkg::Lock::Timeout=600",
    "-o",
    `Dir::Cache::archives=${archives}`,
    "-o",
    "APT::Sandbox::User=root",
    "-o",
    "Acquire::Retries=3",
  ];
  const out = openSync(log, "a");
  try {
    const install = () => run("apt-get", [...options, "--no-install-recommends", "install", ...names], out);
    // The package lists may be old, or absent as in container images: once without them, then with fresh ones.
    let last = await install();
    if (last.code !== 0) {
      await run("apt-get", [...options, "update"], out);
      last = await install();
    }
    if (last.code !== 0)
      throw new Error(`apt-get install ${names.join(" ")} failed: ${readFileSync(log, "utf8").trimEnd().split("\n").slice(-3).join(" / ")} (log: ${log})`);
  } finally {
    closeSync(out);
    if (ownPolicy) rmSync(POLICY, { force: true });
    rmSync(archives, { recursive: true, force: true });
  }
}

/** Runs a program to its end; `code` is null when there is no such program or it was killed. */
function run(program: string, args: readonly string[], out?: number): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(program, args, {
      stdio: ["ignore", out ?? "pipe", out ?? "ignore"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
      timeout: INSTALL_MS_MAX,
    });
    child.stdout?.on("data", (chunk) => {
      output += String(chunk);
    });
    child.once("error", () => resolve({ code: null, output }));
    child.once("close", (code) => resolve({ code, output }));
  });
}
