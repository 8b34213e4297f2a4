import { seededRandomness } from "#kernel";

/** Draws from the distributions of which the generated workloads are made. */
export type Chance = ReturnType<typeof chanceOf>;

export function chanceOf(seed: number) {
  // Seeds that are neighbours give first numbers that are: the first few are thrown away.
  const source = seededRandomness(Math.imul(seed + 1, 0x9e37_79b1));
  for (let index = 0; index < 20; index++) source.next();
  const uniform = () => Math.max(source.next(), 1e-12);
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  /** How many of something that comes `mean` times on average; at most 1,000. */
  function poisson(mean: number): number {
    if (mean > 50) return Math.max(0, Math.min(1000, Math.round(mean + Math.sqrt(mean) * normal())));
    const limit = Math.exp(-mean);
    let [count, product] = [0, uniform()];
    while (product > limit && count < 1000) {
      product *= uniform();
      count++;
    }
    return count;
  }
  return {
    uniform,
    between: (low: number, high: number) => low + (high - low) * uniform(),
    happens: (chance: number) => uniform() < chance,
    normal,
    exponential: (mean: number) => -mean * Math.log(uniform()),
    /** Of mean 1. */
    logNormal: (sigma: number) => Math.exp(sigma * normal() - sigma ** 2 / 2),
    poisson,
    /** What a day's jobs cost: so many of mean cost 1, scattered. */
    jobs: (mean: number, sigma: number) => {
      let sum = 0;
      for (let left = poisson(mean); left > 0; left--) sum += Math.exp(sigma * normal() - sigma ** 2 / 2);
      return sum;
    },
  };
}
