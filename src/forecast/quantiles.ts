/** A value and how much it counts. */
export type Weighted = { readonly value: number; readonly weight: number };

/** The levels of every quantile path: from them come the bands of 50, 80 and 95 % and the day on which money runs out. */
export const LEVELS: readonly number[] = [
  0.01,
  0.025,
  ...Array.from({ length: 19 }, (_, index) => (index + 1) * 0.05).map((level) => Math.round(level * 100) / 100),
  0.975,
  0.99,
].sort((one, other) => one - other);

/** Quantiles of a weighted sample, each value standing for the middle of its weight, straight lines between. The sample is not empty. */
export function weightedQuantiles(sample: readonly Weighted[], levels: readonly number[]): number[] {
  const sorted = sample.toSorted((one, other) => one.value - other.value);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const middles: number[] = [];
  let before = 0;
  for (const { weight } of sorted) {
    middles.push((before + weight / 2) / total);
    before += weight;
  }
  let at = 0;
  return levels.map((level) => {
    while (at < sorted.length && middles[at]! < level) at++;
    if (at === 0) return sorted[0]!.value;
    if (at === sorted.length) return sorted.at(-1)!.value;
    const [low, high] = [middles[at - 1]!, middles[at]!];
    const part = high === low ? 1 : (level - low) / (high - low);
    return sorted[at - 1]!.value + part * (sorted[at]!.value - sorted[at - 1]!.value);
  });
}
