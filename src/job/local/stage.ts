import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, lchown, lstat, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { Problem } from "#kernel";
import type { JobSpec } from "../job-spec.ts";
import type { JobApps } from "../ports.ts";
import type { RunAs } from "./environment.ts";
import type { AttemptFolder } from "./launch.ts";

/** One file with what it holds, relative to the working folder. */
export type KeptFile = { readonly kind: "input" | "output"; readonly path: string; readonly bytes: number; readonly sha256: string };

export type Staged = { readonly kind: "ready"; readonly files: readonly KeptFile[] } | { readonly kind: "failed"; readonly reason: string };

/** A folder given as input may hold this many files; more is data that wants a shared file system, not a copy for each task. */
const FILES_MAX = 10_000;

/**
 * Makes a working folder: what the app lays out, then what the job file names, each with its checksum. A fault is a reason to end the job, not an
 * exception.
 */
export async function stage({ work, log }: AttemptFolder, spec: JobSpec, apps: Pick<JobApps, "layOut">, runAs: RunAs | null): Promise<Staged> {
  try {
    await makeWorkFolder(work, runAs);
    // From the first moment on, so that who follows it finds it.
    await writeFile(log, "");
    if (spec.plan !== null) await apps.layOut(spec.plan, work);
    await ownAll(work, runAs);
    const files: KeptFile[] = [];
    for (const input of spec.inputs) files.push(...(await copyInput(work, input, runAs)));
    return { kind: "ready", files };
  } catch (error) {
    if (error instanceof StageFault) return { kind: "failed", reason: error.message };
    if (error instanceof Problem) return { kind: "failed", reason: error.detail };
    return { kind: "failed", reason: `its folder could not be made: ${(error as Error).message}` };
  }
}

class StageFault extends Error {
  override readonly name = "StageFault";
}

/** Copied by `cp` under the account of the job, so that a job file cannot name what its job may not read; and so that file systems that can share blocks do. */
async function copyInput(work: string, input: JobSpec["inputs"][number], runAs: RunAs | null): Promise<KeptFile[]> {
  await makeFolders(work, input.path, runAs);
  const target = join(work, input.path);
  await copy(input.source, target, runAs);
  const files = await describe(work, await filesBelow(target), "input");
  if (input.sha256 !== null && (files.length !== 1 || files[0]?.sha256 !== input.sha256)) {
    throw new StageFault(
      `input ${input.source} is not the file that was named: its SHA-256 is ${files.length === 1 ? files[0]?.sha256 : "that of a folder"}, not ${input.sha256}`,
    );
  }
  return files;
}

function copy(source: string, target: string, runAs: RunAs | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("cp", ["-rL", "--reflink=auto", "--", source, target], {
      stdio: ["ignore", "ignore", "pipe"],
      ...(runAs === null ? {} : { uid: runAs.uid, gid: runAs.gid }),
    });
    let words = "";
    child.stderr.on("data", (chunk: Buffer) => {
      if (words.length < 500) words += chunk.toString();
    });
    child.once("error", (error) => reject(new StageFault(`input ${source} could not be copied: ${error.message}`)));
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new StageFault(`input ${source} could not be copied: ${words.split("\n")[0] ?? `cp ended with ${code}`}`)),
    );
  });
}

/** Every folder on the way to a file, each owned by who runs the job. */
async function makeFolders(work: string, path: string, runAs: RunAs | null): Promise<void> {
  const folder = dirname(join(work, path));
  if (folder === work) return;
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined || runAs === null) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await own(made, runAs);
}

async function own(path: string, runAs: RunAs | null): Promise<void> {
  if (runAs !== null) await lchown(path, runAs.uid, runAs.gid);
}

/** Its account passes through what is above its working folder, whatever our own umask is. */
async function makeWorkFolder(work: string, runAs: RunAs | null): Promise<void> {
  const first = await mkdir(work, { recursive: true });
  if (first === undefined || runAs === null) return;
  for (let made = dirname(work); made.length >= first.length; made = dirname(made)) await chmod(made, 0o711);
}

/** Only while nothing but our own files is in the folder: a link of somebody else's is then not there to be followed. */
async function ownAll(work: string, runAs: RunAs | null): Promise<void> {
  if (runAs === null) return;
  await own(work, runAs);
  for (const name of await readdir(work, { recursive: true })) await own(join(work, name), runAs);
}

/** Plain files below a path, itself included; links are never followed. */
async function filesBelow(path: string): Promise<string[]> {
  const found = await lstat(path);
  if (found.isFile()) return [path];
  if (!found.isDirectory()) return [];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length > FILES_MAX) throw new StageFault(`input ${path} has ${files.length} files; at most ${FILES_MAX} are copied`);
  return files.toSorted();
}

/** Size and SHA-256 of files, one after another, so that a large one does not take the memory of many. */
export async function describe(work: string, paths: readonly string[], kind: KeptFile["kind"]): Promise<KeptFile[]> {
  const described: KeptFile[] = [];
  for (const path of paths) {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    described.push({ kind, path: relative(work, path), bytes, sha256: hash.digest("hex") });
  }
  return described;
}
