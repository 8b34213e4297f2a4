import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { Transform } from "node:stream";
import { crc32, createDeflateRaw } from "node:zlib";
import { Problem } from "#kernel";
import { fileProblem } from "../embedded/files.ts";

/*
 * The file around a backup's text: two gzip members (RFC 1952), so that `zcat` gives the whole text.
 *
 *   member 1   the text (see text.ts), deflated
 *   member 2   one stored (not compressed) line: the SHA-256 of every byte of member 1
 *
 * gzip's own checksum covers the text only: not its header, not the spare bits at the end of a deflate stream, and nothing
 * notices a member that is cut off. The second member makes any altered, missing or added byte of the file visible before a row is read.
 * Both headers are written here, because their fields for time and system would otherwise differ from machine to machine.
 */

const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const SEAL_WORDS = "-- SHA-256 of the compressed bytes before this line: ";
const HEADER_BYTES = GZIP_HEADER.length;
const SEAL_BYTES = HEADER_BYTES + 5 + SEAL_WORDS.length + 64 + 1 + 8;

/** Deflates a text into member 1 and appends the seal. */
export function sealingGzip(): { readonly gzip: readonly [Transform, Transform, Transform]; compressedBytes(): number } {
  let checksum = 0;
  let textBytes = 0n;
  let bytes = 0;
  const hash = createHash("sha256");
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      checksum = crc32(chunk, checksum);
      textBytes += BigInt(chunk.length);
      done(null, chunk);
    },
  });
  const framing = new Transform({
    construct(done) {
      this.push(note(hash, GZIP_HEADER));
      done();
    },
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, note(hash, chunk));
    },
    flush(done) {
      const trailer = note(hash, gzipTrailer(checksum, textBytes));
      bytes += HEADER_BYTES + trailer.length + SEAL_BYTES;
      this.push(trailer);
      done(null, sealMember(hash.digest("hex")));
    },
  });
  return { gzip: [counting, createDeflateRaw({ level: 6 }), framing], compressedBytes: () => bytes };
}

/** Throws Problem `db.backup-damaged` unless the file is, byte for byte, what was written. Reads it once, in constant memory. */
export async function checkSeal(path: string): Promise<void> {
  const file = await openBackup(path);
  try {
    const { size } = await file.stat();
    if (size <= SEAL_BYTES + HEADER_BYTES) throw damaged(path, "it is too short to be a backup");
    const start = Buffer.alloc(HEADER_BYTES);
    await file.read(start, 0, HEADER_BYTES, 0);
    if (!start.equals(GZIP_HEADER)) throw damaged(path, "it does not begin like a backup");
    const seal = Buffer.alloc(SEAL_BYTES);
    await file.read(seal, 0, SEAL_BYTES, size - SEAL_BYTES);
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { end: size - SEAL_BYTES - 1 })) hash.update(chunk as Buffer);
    if (!seal.equals(sealMember(hash.digest("hex")))) throw damaged(path, "it was cut off or altered: its checksum does not fit");
  } finally {
    await file.close();
  }
}

export function damaged(path: string, why: string): Problem {
  return new Problem("db.backup-damaged", { detail: `${path} is no whole backup: ${why}` });
}

async function openBackup(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new Problem("file.unreadable", { detail: `${path} is not there`, cause: error });
    throw new Problem("file.unreadable", { detail: `${path} cannot be read`, cause: fileProblem(error, path) });
  }
}

function note(hash: Hash, bytes: Buffer): Buffer {
  hash.update(bytes);
  return bytes;
}

/** CRC-32 of the text, and its length modulo 2^32. */
function gzipTrailer(checksum: number, textBytes: bigint): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(Number(BigInt.asUintN(32, textBytes)), 4);
  return trailer;
}

/** Member 2: one final stored block, whose bytes do not depend on a version of zlib. */
function sealMember(sha256: string): Buffer {
  const line = Buffer.from(`${SEAL_WORDS}${sha256}\n`, "latin1");
  const block = Buffer.alloc(5);
  block.writeUInt8(1, 0);
  block.writeUInt16LE(line.length, 1);
  block.writeUInt16LE(line.length ^ 0xffff, 3);
  return Buffer.concat([GZIP_HEADER, block, line, gzipTrailer(crc32(line), BigInt(line.length))]);
}
