import { readFile } from "node:fs/promises";
import { distributionOf, installPackages, missingNeeds, needWords, packagesFor, planInstall, probe, type Need } from "#app";
import type { Running } from "#cli";
import { formatDuration, milliseconds, Problem } from "#kernel";

/** Null when everything the run needs is here, installed now if it may be; otherwise why not, in one sentence. */
export async function makeReady({ progress, output, signal }: Running, needs: readonly Need[], install: boolean): Promise<string | null> {
  const before = missingOf(needs);
  if (before.length === 0) return null;
  const plan = planInstall({
    packages: packagesFor(before),
    allowed: install,
    root: process.getuid?.() === 0,
    distribution: distributionOf(await readFile("/etc/os-release", "utf8").catch(() => "")),
    aptGet: probe([{ kind: "program", name: "apt-get", packages: [] }], process.env["PATH"] ?? "").programs.has("apt-get"),
  });
  if (plan.kind !== "install") return `${missingWords(before)}${plan.kind === "impossible" ? `, and ${plan.reason}. ${plan.fix}` : ""}`;
  output.note(`\n${missingWords(before)}; installing:  ${plan.words}\n`);
  const begun = performance.now();
  let last = "";
  progress.live("installing", () => `${formatDuration(milliseconds(performance.now() - begun))}   ${last}`);
  try {
    await installPackages(plan.packages, process.env, (line) => (last = line), signal);
  } catch (error) {
    progress.end();
    if (error instanceof Problem && error.code === "app.install-failed") return `installing it failed: ${error.detail}`;
    throw error;
  }
  progress.done("installed", `${plan.packages.join(", ")}   ${formatDuration(milliseconds(performance.now() - begun))}`);
  const after = missingOf(needs);
  return after.length === 0 ? null : `${missingWords(after)}, also after the installation`;
}

function missingOf(needs: readonly Need[]): Need[] {
  return missingNeeds(needs, probe(needs, process.env["PATH"] ?? ""));
}

function missingWords(needs: readonly Need[]): string {
  return `${needs.map(needWords).join(" and ")} ${needs.length === 1 ? "is" : "are"} missing`;
}
