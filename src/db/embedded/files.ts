import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Problem } from "#kernel";
import type { Identity } from "./command.ts";

/** What the system says when a path cannot be written, as a Problem; every other error stays what it is. */
export function fileProblem(error: unknown, path: string): unknown {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") return new Problem("state.disk-full", { detail: `no space is left for ${path}`, cause: error });
  if (code === "EACCES" || code === "EROFS" || code === "EPERM")
    return new Problem("state.read-only", { detail: `${path} cannot be written (${code})`, cause: error });
  if (code === "ENOTDIR" || code === "EEXIST")
    return new Problem("state.read-only", {
      detail: `${path} is not a folder`,
      fix: "Remove the file that stands there, or choose another folder with HEADGATE_STATE.",
      cause: error,
    });
  return error;
}

/** Makes a folder with its parents; one that is there keeps its mode. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode });
  } catch (error) {
    throw fileProblem(error, path);
  }
}

/** Makes a folder that belongs to `owner` alone, and takes it back when it is there with another owner or mode. */
export async function makeOwnFolder(path: string, owner: Identity | null): Promise<void> {
  await makeFolder(path, 0o700);
  try {
    if (owner !== null) await chown(path, owner.uid, owner.gid);
    await chmod(path, 0o700);
  } catch (error) {
    throw fileProblem(error, path);
  }
}

/** Writes a small file so that it is there wholly or not at all, also after a power cut. */
export async function writeWhole(path: string, content: string, mode: number, owner: Identity | null = null): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(content);
      if (owner !== null) await file.chown(owner.uid, owner.gid);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileProblem(error, path);
  }
}

/** Makes renames inside a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
