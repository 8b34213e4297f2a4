import { Problem } from "./problem.ts";
import { PROBLEMS } from "./problems.ts";

/** The text of a file's bytes. Throws `input.invalid` with the place of the first byte that is not UTF-8, before anything is made of the wrong characters. */
export function utf8Text(bytes: Uint8Array, file: string): string {
  // A byte order mark is left for the reader of the format; here it would shift the places.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  for (const { index } of text.matchAll(/\ufffd/g)) {
    const offset = new TextEncoder().encode(text.slice(0, index)).length;
    // The replacement character may really stand there, as its three bytes.
    if (bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd) continue;
    throw notUtf8(bytes, file, text.slice(0, index), bytes[offset] ?? 0);
  }
  return text;
}

function notUtf8(bytes: Uint8Array, file: string, before: string, byte: number): Problem {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const lines = before.split("\n");
  const place = { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  const message = wide ? "the file is UTF-16" : `the byte 0x${byte.toString(16).padStart(2, "0")} is not UTF-8`;
  return new Problem("input.invalid", {
    detail: `1 error in ${file}`,
    faults: [{ code: "file.encoding", severity: "error", place, path: "", message, fix: PROBLEMS["file.encoding"].fix }],
  });
}
