import { instantToIso, micros, secondsToMs, type Instant, type MiB, type Micros, type Milliseconds, type MoneyUnit, type Seconds } from "#kernel";
import type { FormulaTerm } from "./contract.ts";
import { amountWords, chargeTerms, formulaAmount, formulaWords, freeReason, priceTerm, type Usage } from "./formula.ts";
import { convertTerm, type SuRate } from "./su-rate.ts";
import { rateOn, requireRate, type PriceBook } from "./price-book.ts";

/** A run on this machine whose worst case is asked for. */
export type LocalRun = {
  readonly cores: number;
  readonly memory: MiB;
  readonly timeLimit: Seconds;
  /** What may pass between the time limit and the certain end. */
  readonly grace: Milliseconds;
  /** Array tasks times attempts. */
  readonly times: number;
  readonly at: Instant;
};

export type Priced = {
  readonly amount: Micros;
  readonly unit: MoneyUnit;
  readonly formula: readonly FormulaTerm[];
  readonly words: string;
  readonly free: string | null;
};

const MIB_PER_GIB = 1024;

/** The most that a run can cost: all its cores (and memory, where it has a price) for the whole time limit and grace. Throws `price.missing`. */
export function quoteLocalRun(book: PriceBook, run: LocalRun): Priced {
  const spans = [
    { name: "time limit", ms: secondsToMs(run.timeLimit) },
    { name: "grace", ms: run.grace },
  ];
  return priced(termsFor(book, run, spans, "up"), book.unit);
}

/** The same in service units, by what one is worth: what one attempt can cost at most is rounded up, and reserved as often as it was before. */
export function inServiceUnits(quote: Priced, rate: SuRate, times: number): Priced {
  const once = micros(formulaAmount(quote.formula) / BigInt(times));
  return priced([...quote.formula, convertTerm(rate, once, times, "up")], "SU");
}

/** What one attempt is charged at the rates of its reservation. */
export function chargeRun(reserved: readonly FormulaTerm[], measured: Milliseconds, unit: MoneyUnit): Priced {
  return priced(chargeTerms(reserved, measured), unit);
}

function termsFor(book: PriceBook, run: Omit<LocalRun, "timeLimit" | "grace">, spans: Usage["spans"], rounding: "up" | "half-even"): FormulaTerm[] {
  const day = instantToIso(run.at).slice(0, 10);
  const core = priceTerm(requireRate(book, "core", day), { count: run.cores, spans, times: run.times }, rounding);
  const memoryRate = rateOn(book, "memory-gib", day);
  if (memoryRate === undefined) return [core];
  return [core, priceTerm(memoryRate, { count: Math.max(1, Math.ceil(run.memory / MIB_PER_GIB)), spans, times: run.times }, rounding)];
}

function priced(formula: readonly FormulaTerm[], unit: MoneyUnit): Priced {
  const free = freeReason(formula);
  return {
    amount: formulaAmount(formula),
    unit,
    formula,
    words: free === null ? formulaWords(formula, unit) : `${amountWords(formula, unit)}: ${formulaWords(formula, unit)}`,
    free,
  };
}
