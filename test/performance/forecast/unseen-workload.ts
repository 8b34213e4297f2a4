import { chanceOf } from "./chance.ts";
import type { Workload } from "./workloads.ts";

/**
 * The family that the tuning never saw: a group of people, each there for months or years, each with projects of a few weeks between pauses, costs with a
 * heavy tail, and a slow growth or decline of the whole. Written before the first run of the bench; whoever tunes the forecast runs it with --tuning, which
 * leaves this family out, and looks here only when done.
 */
export const peopleComeAndGo: Workload = (days, seed) => {
  const chance = chanceOf(seed);
  const [arrivals, stay, trend] = [chance.between(40, 150), chance.between(150, 700), chance.between(-0.3, 0.5) / 365];
  const spending = Array.from({ length: days }, () => 0);
  const before = 600;
  for (let day = -before; day < days; day += Math.max(1, Math.round(chance.exponential(arrivals)))) {
    const leaves = day + Math.max(30, chance.exponential(stay));
    const [rate, works, pauses, nights] = [0.5 * chance.logNormal(0.8) + 0.2, chance.between(10, 50), chance.between(5, 40), chance.between(0.2, 1)];
    let [at, working] = [day, chance.happens(0.6)];
    while (at < leaves && at < days) {
      const until = Math.min(leaves, days, at + Math.max(2, chance.exponential(working ? works : pauses)));
      if (working)
        for (let one = Math.max(0, Math.ceil(at)); one < until; one++)
          spending[one]! += chance.jobs(2 * rate * (one % 7 >= 5 ? nights : 1), 1.4) * Math.exp(trend * one);
      [at, working] = [until, !working];
    }
  }
  return spending;
};
