import { Problem, utf8Text } from "#kernel";

const BYTES_MAX = 1024 * 1024;

/** All of a stream as text. Throws `file.too-large` above 1 MiB, and `input.invalid` where it is not UTF-8. */
export async function readAll(stream: AsyncIterable<string | Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    const chunk = typeof piece === "string" ? Buffer.from(piece) : piece;
    bytes += chunk.byteLength;
    if (bytes > BYTES_MAX) throw new Problem("file.too-large", { detail: `stdin has more than ${BYTES_MAX} bytes` });
    pieces.push(chunk);
  }
  return utf8Text(Buffer.concat(pieces), "(stdin)");
}
