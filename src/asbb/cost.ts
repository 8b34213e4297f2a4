import { divideRounded, formatMoney, invariant, maxMicros, micros, parseMicros, Problem, type Micros, type Milliseconds } from "#kernel";
import type { FormulaTerm } from "#price";

/** A job as asbb's check describes it. `cpus` are those of each node, `gpus` those of the whole job. */
export type AsbbWork = { readonly nodes: number; readonly cpus: number; readonly gpus: number; readonly partition: string; readonly wallTime: Milliseconds };

/** What a check found: what the job is expected to cost, what is reserved for it, and how it was reckoned. */
export type AsbbPrice = {
  readonly estimated: Micros;
  readonly hold: Micros;
  readonly by: "rates" | "fallback";
  readonly words: string;
  readonly formula: readonly FormulaTerm[];
};

const CENT = micros(10_000n);
const HOUR_MS = 3_600_000n;
/** Hundredths of a dollar an hour. */
const CPU_HOUR = 10n;
const GPU_HOUR = 200n;

/**
 * asbb's formula where nothing better is known: (nodes x cpus x $0.10 + gpus x $2.00) an hour, twice that in a partition with "gpu" in its name, half as much again with "aws", half with "debug";
 * at least a cent, and 1.2 times that is reserved. Every figure made by it is an estimate.
 */
export function fallbackPrice(work: AsbbWork): AsbbPrice {
  const hourly = BigInt(work.nodes) * BigInt(work.cpus) * CPU_HOUR + BigInt(work.gpus) * GPU_HOUR;
  const [times, by] = partitionFactor(work.partition);
  // Hundredths of a dollar are ten thousand micro-dollars.
  const cost = divideRounded(hourly * 10_000n * BigInt(work.wallTime) * times, HOUR_MS * by, "up");
  const estimated = maxMicros(CENT, micros(cost));
  return {
    estimated,
    hold: micros(divideRounded(estimated * 12n, 10n, "up")),
    by: "fallback",
    words: "estimated (fallback): no rate is recorded",
    formula: [],
  };
}

function partitionFactor(partition: string): readonly [times: bigint, by: bigint] {
  const name = partition.toLowerCase();
  if (name.includes("gpu")) return [2n, 1n];
  if (name.includes("aws")) return [3n, 2n];
  if (name.includes("debug")) return [1n, 2n];
  return [1n, 1n];
}

/** How many per cent of what is expected is reserved. */
export function holdPercentage({ estimated, hold }: AsbbPrice): number {
  return estimated === 0n ? 100 : Number((hold * 100n) / estimated);
}

/** Fifteen digits go through a JSON number without loss: below a billion dollars. */
const EXACT = 1_000_000_000_000_000n;

/** Dollars as a JSON number. Throws `budget.amount-invalid` for what it could not say exactly. */
export function asDollars(amount: Micros): number {
  if (amount >= EXACT || amount <= -EXACT)
    throw new Problem("budget.amount-invalid", {
      detail: `${formatMoney(amount)} is too large for a number; the routes under /api/v1/budget write it as text`,
    });
  return Number(amount) / 1_000_000;
}

export function fromDollars(given: number | string): Micros {
  const amount = parseMicros(String(given));
  invariant(amount !== undefined, "the contract lets only amounts through");
  return amount;
}
