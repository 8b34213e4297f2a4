/** Where randomness comes from: bytes for ids and secrets. */
export type Randomness = { bytes(count: number): Uint8Array };

export const systemRandomness: Randomness = {
  bytes: (count) => globalThis.crypto.getRandomValues(new Uint8Array(count)),
};

/** A seeded source (xorshift32): the same seed gives the same bytes for ever. Not for secrets. */
export function seededRandomness(seed: number): Randomness & { next(): number; below(limit: number): number } {
  let state = (seed | 0) === 0 ? 0x9e37_79b9 : seed | 0;
  /** The next number in [0, 1). */
  function next(): number {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  }
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)),
  };
}
