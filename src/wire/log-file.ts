import { createWriteStream } from "node:fs";
import { mkdir, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { turnWriter } from "./turn-writer.ts";

/** A log grows to this size and is then kept once as `<name>.1`: two files bound what it can take. */
const LOG_BYTES_MAX = 32 * 1024 * 1024;

/**
 * A log file to append to. A full disk loses log lines and nothing else: what counts is in the database, which reports it.
 */
export async function logFile(path: string): Promise<{ write(line: string): void }> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) await rename(path, `${path}.1`);
  const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
  stream.on("error", () => undefined);
  return turnWriter((text) => void stream.write(text));
}
