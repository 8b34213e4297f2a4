import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Check } from "./check.ts";
import { functionLengths } from "./function-lengths.ts";
import { deadLinks, lengthFaults, nameFaults, numberingFaults, textFaults, unusedSql, type Finding, type SourceFile } from "./tidy-rules.ts";
import { ROOT } from "../lib/dependencies.mjs";

/** Larger text files are data; those that are source are refused long before by their length. */
const TEXT_BYTES_MAX = 1024 * 1024;
const TEXT = /\.(ts|tsx|js|mjs|cjs|c|h|sql|sh|md|yaml|yml|json|css|html|svg|txt)$|\/(run|LICENSE)$/;

/** What git knows or would take: files that are ignored are nobody's business. */
function listFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return listed
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(ROOT, path)))
    .toSorted();
}

function readSources(paths: readonly string[]): SourceFile[] {
  return paths
    .filter((path) => TEXT.test(path) && path !== "package-lock.json" && statSync(join(ROOT, path)).size <= TEXT_BYTES_MAX)
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

/** The house's own rules: what no other tool looks at. */
export const tidy: Check = {
  name: "tidy",
  async run() {
    const paths = listFiles();
    const sources = readSources(paths);
    const all: Finding[] = [
      ...nameFaults(paths),
      ...sources.flatMap((source) => [...textFaults(source, ROOT), ...lengthFaults(source)]),
      ...(await functionLengths(sources)),
      ...numberingFaults(paths),
      ...unusedSql(sources),
      ...deadLinks(sources, (path) => existsSync(join(ROOT, path))),
    ];
    const errors = all.filter((finding) => finding.severity === "error");
    const warnings = all.length - errors.length;
    return {
      ok: errors.length === 0,
      note: `${paths.length} files, ${errors.length} faults, ${warnings} warnings`,
      findings: all.map((finding) => `${finding.place}: ${finding.severity === "warning" ? "(warning) " : ""}${finding.words}`).join("\n"),
    };
  },
};
