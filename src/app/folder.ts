import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { NAME, Problem } from "#kernel";
import type { AppOrigin } from "./app.ts";
import type { ReadApp } from "./read-app.ts";
import { SOURCE_BYTES_MAX, type SourceFile } from "./sources.ts";

export const APP_FILE = "app.yaml";
const APP_FILE_BYTES_MAX = 1024 * 1024;
/** Folders of apps are looked through by name; more than this is not a folder of apps. */
const APPS_MAX = 1000;

type Reader = typeof import("./read-app.ts").readApp;

/** Reads the app in a folder. Synchronous, because a job is prepared in one step; an app's files are a few kilobytes. */
export function readAppFolder(readApp: Reader, folder: string, origin: AppOrigin): ReadApp {
  const file = join(folder, APP_FILE);
  const found = readText(file, APP_FILE_BYTES_MAX);
  if (found.kind !== "text")
    throw new Problem("file.unreadable", {
      detail: `${file} ${found.kind === "missing" ? "is not there" : found.reason}`,
      fix: "Name the folder of an app, which holds its app.yaml.",
    });
  return readApp(found.text, { file, folder, name: basename(folder), origin }, (name) => readText(join(folder, name), SOURCE_BYTES_MAX));
}

function readText(path: string, bytesMax: number): SourceFile {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return { kind: "missing" };
    if (!status.isFile()) return { kind: "unsuitable", reason: "is not a file" };
    if (status.size > bytesMax) return { kind: "unsuitable", reason: `has more than ${bytesMax} bytes` };
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    return { kind: "unsuitable", reason: error instanceof TypeError ? "is not UTF-8 text" : `cannot be read (${(error as Error).message})` };
  }
}

/** The names of the apps in a folder of apps, sorted; none when the folder is not there. */
export function appNames(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      (entry.isDirectory() || entry.isSymbolicLink()) && NAME.test(entry.name) ? [entry.name] : [],
    );
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new Problem("file.unreadable", { detail: `${folder} cannot be read: ${(cause as Error).message}`, cause });
  }
  return names
    .filter((name) => statSync(join(folder, name, APP_FILE), { throwIfNoEntry: false })?.isFile() === true)
    .toSorted()
    .slice(0, APPS_MAX);
}
