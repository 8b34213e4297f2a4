import { closeSync, openSync, readSync } from "node:fs";
import { Problem, utf8Text } from "#kernel";

/** As in #document: a bound keeps a wrong path (a data file, /dev/zero) from filling the memory. */
const BYTES_MAX = 1024 * 1024;

/** A small text file; `name` is what people call it. Throws `file.unreadable`, `file.too-large`, or `input.invalid` where it is not UTF-8. */
export function readTextFile(path: string, name = path): string {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const buffer = Buffer.alloc(BYTES_MAX + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= BYTES_MAX; length += read) read = readSync(file, buffer, length, buffer.length - length, null);
    if (length > BYTES_MAX) throw new Problem("file.too-large", { detail: `${path} has more than ${BYTES_MAX} bytes` });
    return utf8Text(buffer.subarray(0, length), name);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("file.unreadable", { detail: (error as Error).message, cause: error });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
