import type { Clock } from "./clock.ts";
import type { Randomness } from "./random.ts";

const HEX = Array.from({ length: 256 }, (_unused, byte) => byte.toString(16).padStart(2, "0"));

/** A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then randomness, so that ids sort by the time they were made. */
export function newId(clock: Clock, randomness: Randomness): string {
  const bytes = randomness.bytes(16);
  let ms = clock.now() as number;
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = ms % 256;
    ms = Math.floor(ms / 256);
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  let hex = "";
  for (const byte of bytes) hex += HEX[byte];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Names that people choose for accounts, people, apps: lower case, what Slurm accounts and paths both allow. */
export const NAME = /^[a-z][a-z0-9_.-]{0,62}$/;
