import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { wantedOf, type Observed } from "./judge.ts";
import type { RunPlan } from "./render.ts";

/** Results stand at the head or the end of what a program prints. Above this the middle is left out. */
const HEAD_BYTES = 1024 * 1024;
const TAIL_BYTES = 15 * 1024 * 1024;

/** Files larger than this are not read to make a digest of them; the result counts as not found. */
const DIGEST_BYTES_MAX = 4 * 1024 ** 3;

/** Reads what a run's plan wants to see: `log` from the log file, everything else from the working folder. What is not there is null. */
export async function observeRun(
  plan: RunPlan,
  where: { readonly folder: string; readonly log: string },
  end: { readonly exitCode: number | null; readonly signal: string | null },
): Promise<Observed> {
  const wanted = wantedOf(plan);
  const texts = await Promise.all(wanted.texts.map(async (name) => [name, await readEnds(name === "log" ? where.log : join(where.folder, name))] as const));
  const files = await Promise.all(wanted.files.map(async ({ path, digest }) => [path, await lookAt(join(where.folder, path), digest)] as const));
  return { ...end, texts: Object.fromEntries(texts), files: Object.fromEntries(files) };
}

async function readEnds(path: string): Promise<string | null> {
  const file = await open(path, "r").catch(() => null);
  if (file === null) return null;
  try {
    const status = await file.stat();
    if (!status.isFile()) return null;
    if (status.size <= HEAD_BYTES + TAIL_BYTES) return (await file.readFile()).toString("utf8");
    const [head, tail] = [Buffer.alloc(HEAD_BYTES), Buffer.alloc(TAIL_BYTES)];
    await file.read(head, 0, HEAD_BYTES, 0);
    await file.read(tail, 0, TAIL_BYTES, status.size - TAIL_BYTES);
    // Half lines at the cut could look like results.
    const [headText, tailText] = [head.toString("utf8"), tail.toString("utf8")];
    return headText.slice(0, headText.lastIndexOf("\n") + 1) + tailText.slice(tailText.indexOf("\n") + 1);
  } finally {
    await file.close();
  }
}

async function lookAt(path: string, digest: boolean): Promise<{ bytes: number; sha256: string | null } | null> {
  const status = await stat(path).catch(() => null);
  if (status === null || !status.isFile()) return null;
  if (!digest || status.size > DIGEST_BYTES_MAX) return { bytes: status.size, sha256: null };
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { bytes: status.size, sha256: hash.digest("hex") };
}
