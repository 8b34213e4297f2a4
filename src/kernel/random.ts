/** Where randomness comes from: bytes for ids and secrets. */
export type Randomness = { bytes(count: number): Uint8Array };

/** Asking the system costs some microseconds, most of them for the asking: small amounts come from a stock, and each is used once. */
const STOCK_BYTES = 4096;
const SMALL_BYTES_MAX = 64;
const stock = new Uint8Array(STOCK_BYTES);
let used = STOCK_BYTES;

export const systemRandomness: Randomness = {
  bytes: (count) => {
    if (count > SMALL_BYTES_MAX) return globalThis.crypto.getRandomValues(new Uint8Array(count));
    if (used + count > STOCK_BYTES) {
      globalThis.crypto.getRandomValues(stock);
      used = 0;
    }
    const bytes = stock.slice(used, used + count);
    stock.fill(0, used, used + count);
    used += count;
    return bytes;
  },
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
