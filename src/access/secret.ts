import { createHash, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { invariant, type Randomness } from "#kernel";

/** 256 bits: nothing to guess, so a fast hash is enough for what is stored of it. */
const SECRET_BYTES = 32;

/** What a secret begins with says what it is, so that a leaked one is found by scanners and recognised by people. */
export type SecretKind = "hgo" | "hgt" | "hgs";

const SECRET = /^hg[ots]_[A-Za-z0-9_-]{43}$/;

/** A new owner's token (hgo), person's token (hgt) or session secret (hgs): prefix and 256 random bits in base64url. */
export function newSecret(kind: SecretKind, randomness: Randomness): string {
  return `${kind}_${Buffer.from(randomness.bytes(SECRET_BYTES)).toString("base64url")}`;
}

/** Whether the text has the form of one of our secrets; anything else is not even looked up. */
export function isSecret(text: string, kind?: SecretKind): boolean {
  return SECRET.test(text) && (kind === undefined || text.startsWith(`${kind}_`));
}

export function secretHash(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Compares two hashes in constant time. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Crockford's base 32: no I, L, O or U, so that a code survives being read aloud. */
const CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_BYTES = 5;

/** A sign-in code such as 4F7K-92QD: 40 random bits. */
export function newCode(randomness: Randomness): string {
  const bytes = randomness.bytes(CODE_BYTES);
  invariant(bytes.length === CODE_BYTES, "a code is made of five random bytes");
  const value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const letters = Array.from({ length: 8 }, (_unused, index) => CODE_ALPHABET[Number((value >> BigInt(35 - 5 * index)) & 31n)]).join("");
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** The one spelling of what a person typed: `4f7k 92qd`, `4F7K92QD` and a letter O for a zero are all the same; undefined when it cannot be a code. */
export function normalCode(text: string): string | undefined {
  if (text.length > 32) return undefined;
  const letters = text.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]{8}$/.test(letters) ? `${letters.slice(0, 4)}-${letters.slice(4)}` : undefined;
}

const scryptAsync = promisify<string, string, number, { N: number; r: number; p: number }, Buffer>(scrypt);

/**
 * The hash of a code. Forty bits could be tried out against a fast hash within minutes, so this one costs about 40 ms and 16 MiB a try
 * (scrypt, RFC 7914, N = 2^14, r = 8): all codes take over a thousand processor years, and a code lives ten minutes. The salt is fixed
 * because a code is looked up by its hash.
 */
export async function codeHash(code: string): Promise<Buffer> {
  return scryptAsync(code, "headgate sign-in code", 32, { N: 2 ** 14, r: 8, p: 1 });
}
