import type { HoldView } from "#budget/contract";
import type { MoneyUnit } from "#kernel";

type Term = HoldView["formula"][number];
type PricedTerm = Exclude<Term, { resource: "service-unit" }>;

const RESOURCES: Readonly<Record<PricedTerm["resource"], readonly [one: string, many: string, hour: string]>> = {
  "core": ["core", "cores", "core-hour"],
  "memory-gib": ["GiB", "GiB", "GiB-hour"],
  "gpu": ["GPU", "GPUs", "GPU-hour"],
};

/** How a reservation comes about: `2 cores x (180 s time limit + 10 s grace) x $0.042/core-hour`. */
export function formulaWords(formula: HoldView["formula"], unit: MoneyUnit): string {
  const inDollars = formula.some((term) => term.resource === "service-unit");
  return formula
    .map((term) => (term.resource === "service-unit" ? `at $${term.rate} for 1 SU` : termWords(term, inDollars ? "USD" : unit)))
    .join(", and ")
    .replace(", and at ", ", at ");
}

function termWords(term: PricedTerm, unit: MoneyUnit): string {
  const [one, many, hour] = RESOURCES[term.resource];
  const spans = term.spans.map((span) => `${span.ms / 1000} s ${span.name}`);
  const time = spans.length === 1 ? spans.join("") : `(${spans.join(" + ")})`;
  const rate = term.free === null ? (unit === "USD" ? `$${term.rate}/${hour}` : `${term.rate} SU/${hour}`) : `free (${term.free})`;
  return [...(term.times === 1 ? [] : [`${term.times}`]), `${term.count} ${term.count === 1 ? one : many}`, time, rate].join(" x ");
}
