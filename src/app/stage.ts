import { createReadStream, createWriteStream } from "node:fs";
import { access, copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Problem } from "#kernel";
import { needWords } from "./needs.ts";
import type { RunFile, RunPlan } from "./render.ts";

/**
 * Lays the files of a run into its working folder, which must exist. Given files are copied too, from where their parameter says; a caller
 * with rules of its own for them (which folders may be read) leaves them out with `given: false` and stages them itself.
 * Throws `app.needs-missing` for a file that no longer is where its package put it, `app.run-failed` for anything the system refuses.
 */
export async function layOutRun(plan: RunPlan, folder: string, options: { readonly given?: boolean } = {}): Promise<void> {
  for (const file of plan.files) {
    if (file.kind === "given" && options.given === false) continue;
    const target = join(folder, file.path);
    try {
      await mkdir(dirname(target), { recursive: true });
      await layOut(file, target);
    } catch (cause) {
      if (cause instanceof Problem) throw cause;
      throw new Problem("app.run-failed", { detail: `${file.path} cannot be laid into ${folder}: ${(cause as Error).message}`, cause });
    }
  }
}

async function layOut(file: RunFile, target: string): Promise<void> {
  switch (file.kind) {
    case "text":
      return writeFile(target, file.text);
    case "given":
      return copyFile(file.from, target);
    case "installed": {
      if (await exists(file.from)) return copyFile(file.from, target);
      const packed = `${file.from}.gz`;
      if (await exists(packed)) return pipeline(createReadStream(packed), createGunzip(), createWriteStream(target));
      throw new Problem("app.needs-missing", {
        detail: `${needWords({ kind: "file", name: file.from, packages: file.packages })} is not on this machine`,
        fix: missingFix(file.from, file.packages),
      });
    }
  }
}

function missingFix(path: string, packages: readonly string[]): string {
  if (packages.length === 0) return "Install what brings it.";
  const excluded = path.startsWith("/usr/share/doc/") ? "; if it is installed, this machine leaves out documentation (dpkg path-exclude)" : "";
  return `Install ${packages.join(", ")}${excluded}.`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
