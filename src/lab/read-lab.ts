import { readFile } from "node:fs/promises";
import { documentOrProblem, readDocument } from "#document";
import { Problem } from "#kernel";
import { labFaults, labSchema, type Lab } from "./lab-file.ts";

/** Reads a lab file; every fault in it at once, as the problem `input.invalid`. */
export async function readLab(path: string): Promise<Lab> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new Problem("file.unreadable", { detail: `${path} cannot be read: ${(cause as Error).message}`, cause });
  }
  return parseLab(text, path);
}

export function parseLab(text: string, file: string): Lab {
  const document = readDocument(text, file, labSchema);
  return documentOrProblem(document, labFaults(document));
}
