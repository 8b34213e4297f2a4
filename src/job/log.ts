import { constants, watch } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import type { Database } from "#db";
import { Problem } from "#kernel";

/** Read at once from a log. */
const CHUNK_BYTES = 64 * 1024;

/** A log that is followed is looked at this often even when nobody tells of a change: some file systems do not. */
const LOOK_EVERY_MS = 1_000;

export type LogAsk = {
  readonly path: string;
  readonly offset: number;
  /** Begin this many bytes before the end instead, at the start of a line. */
  readonly tailBytes: number | null;
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** The job's number, to hear of its changes. */
  readonly number: string;
  /** Whether the attempt is over, so that nothing more will be written. */
  readonly isOver: () => Promise<boolean>;
  /** For hearing of the end at once. */
  readonly db: Pick<Database, "listen">;
};

/** A log from an offset on; followed, until its attempt is over. The caller has opened nothing: when he stops reading, everything is closed. */
export async function* readLog(ask: LogAsk): AsyncGenerator<Uint8Array> {
  const file = await openPlainFile(ask.path);
  const changes = ask.follow ? await openChanges(ask) : null;
  try {
    let position = await startOf(file, ask);
    while (!ask.signal.aborted) {
      // Asked before reading to the end: what is written afterwards belongs to nobody.
      const over = changes === null || (changes.mayBeOver() && (await ask.isOver()));
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
        if (ask.signal.aborted) return;
      }
      if (over) return;
      await changes?.next();
    }
  } finally {
    await changes?.close();
    await file.close();
  }
}

/**
 * Where jobs run as the user of the server, a job can put something else in place of its log: a link to what its owner may not read, or a
 * pipe, which would hold whoever opens it for ever. Throws `job.no-log` for those.
 */
async function openPlainFile(path: string): Promise<FileHandle> {
  const notPlain = (cause?: unknown) => new Problem("job.no-log", { detail: "the job has put something else in place of its log", cause });
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw ["ELOOP", "ENXIO"].includes((error as NodeJS.ErrnoException).code ?? "") ? notPlain(error) : error;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notPlain();
}

async function startOf(file: FileHandle, ask: LogAsk): Promise<number> {
  if (ask.tailBytes === null) return ask.offset;
  const { size } = await file.stat();
  const start = Math.max(0, size - ask.tailBytes);
  if (start === 0) return 0;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, start);
  const line = buffer.subarray(0, bytesRead).indexOf(10);
  return line < 0 ? start : start + line + 1;
}

type Changes = { mayBeOver(): boolean; next(): Promise<void>; close(): Promise<void> };

/** Wakes on a change of the file, of any job, on the caller's going away, and now and then. */
async function openChanges(ask: LogAsk): Promise<Changes> {
  let wake: () => void = () => undefined;
  let changed = false;
  let mayBeOver = true;
  const tell = () => {
    changed = true;
    wake();
  };
  const tellOver = () => {
    mayBeOver = true;
    tell();
  };
  const watcher = watch(ask.path, { persistent: false }, tell);
  watcher.on("error", () => watcher.close());
  const unlisten = await ask.db.listen("job_changed", (number) => {
    if (number === null || number === ask.number) tellOver();
  });
  const timer = setInterval(tellOver, LOOK_EVERY_MS);
  ask.signal.addEventListener("abort", tell);
  return {
    mayBeOver: () => {
      const may = mayBeOver;
      mayBeOver = false;
      return may;
    },
    next: async () => {
      if (!changed) await new Promise<void>((resolve) => (wake = resolve));
      changed = false;
    },
    close: async () => {
      watcher.close();
      clearInterval(timer);
      ask.signal.removeEventListener("abort", tell);
      await unlisten();
    },
  };
}
