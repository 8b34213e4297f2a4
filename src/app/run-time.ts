import type { RunTimeModel } from "./app-file.ts";
import type { ParameterValues } from "./values.ts";

/**
 * Seconds that an app's own model gives for parameters and cores:
 *
 *     sum over terms of  seconds x product of scales x ((1 - parallel) + parallel / cores)
 *
 * where a scale is (value / at) ^ power, or a factor for each choice. Amdahl's law, because it errs towards the longer time.
 * A choice without a factor counts as 1.
 */
export function modelSeconds(model: RunTimeModel, values: ParameterValues, cores: number): number {
  let total = 0;
  for (const term of model.terms) {
    const scaled = term.scales.reduce((product, scale) => product * scaleFactor(scale, values), term.seconds);
    total += scaled * (1 - term.parallel + term.parallel / Math.max(1, cores));
  }
  return total;
}

function scaleFactor(scale: RunTimeModel["terms"][number]["scales"][number], values: ParameterValues): number {
  const value = values[scale.parameter];
  if (scale.factors !== undefined) return scale.factors[String(value)] ?? 1;
  if (typeof value !== "number" || value <= 0 || scale.at === undefined || scale.power === undefined) return 1;
  return (value / scale.at) ** scale.power;
}
