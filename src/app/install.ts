import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "#kernel";

/** What decides whether packages can be installed here. */
export type InstallFacts = {
  readonly packages: readonly string[];
  /** False with --no-install. */
  readonly allowed: boolean;
  readonly root: boolean;
  /** `ID` and `ID_LIKE` of /etc/os-release, as words; empty where there is none. */
  readonly distribution: readonly string[];
  readonly aptGet: boolean;
};

export type InstallPlan =
  | { readonly kind: "install"; readonly packages: readonly string[]; /** What a person would type. */ readonly words: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "impossible"; readonly reason: string; /** What to do instead. */ readonly fix: string };

/** Whether and how missing packages can be installed. Pure. */
export function planInstall(facts: InstallFacts): InstallPlan {
  if (facts.packages.length === 0) return { kind: "nothing" };
  const words = `apt-get install --no-install-recommends ${facts.packages.join(" ")}`;
  const debian = facts.aptGet && facts.distribution.some((name) => name === "debian" || name === "ubuntu");
  if (!debian)
    return { kind: "impossible", reason: "this is neither Debian nor Ubuntu", fix: `Install what brings them here (in Debian: ${facts.packages.join(", ")}).` };
  if (!facts.root) return { kind: "impossible", reason: "installing needs root", fix: `Type  sudo ${words}` };
  if (!facts.allowed) return { kind: "impossible", reason: "--no-install forbids it", fix: `Type  ${words}  or leave out --no-install.` };
  return { kind: "install", packages: facts.packages, words };
}

/** The words of `ID` and `ID_LIKE` in the text of /etc/os-release. */
export function distributionOf(osRelease: string): string[] {
  return [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap((match) => match[1]!.replaceAll(/["']/g, "").split(/\s+/)).filter((word) => word !== "");
}

/** Half a gigabyte of codes came in 52 s over a fast line; a slow one may take ten times that. */
const INSTALL_TIMEOUT_MS = 15 * 60_000;
const LAST_LINES = 15;

/**
 * Installs packages with apt-get: asks nothing, takes nothing recommended, waits two minutes for another apt. The archives go to a folder
 * of our own, because container images carry a hook that empties the usual one while it is being filled. `environment` is the caller's own,
 * with its PATH and proxies. `onLine` hears each line.
 * Throws the problem `app.install-failed` with the last lines.
 */
export async function installPackages(
  packages: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const archives = mkdtempSync(join(tmpdir(), "headgate-apt-"));
  mkdirSync(join(archives, "partial"));
  const common = ["-q", "-o", `Dir::Cache::archives=${archives}`, "-o", "APT::Sandbox::User=root", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120"];
  try {
    await aptGet([...common, "update"], environment, onLine, signal);
    await aptGet([...common, "-y", "--no-install-recommends", "install", ...packages], environment, onLine, signal);
  } finally {
    rmSync(archives, { recursive: true, force: true });
  }
}

async function aptGet(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  onLine: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const last: string[] = [];
  const child = spawn("apt-get", args, {
    env: { ...environment, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: INSTALL_TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      for (const line of chunk.split("\n").filter((one) => one.trim() !== "")) {
        last.push(line.slice(0, 500));
        if (last.length > LAST_LINES) last.shift();
        onLine(line);
      }
    });
  }
  const end = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signalName) => resolve(code === 0 ? undefined : signalName === null ? `exit code ${code}` : `it was ended by ${signalName}`));
  });
  if (end !== undefined)
    throw new Problem("app.install-failed", {
      detail: `apt-get ${args.includes("install") ? "install" : "update"} failed (${end}): ${last.join(" | ")}`,
      facts: { last_lines: last },
    });
}
