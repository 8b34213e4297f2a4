/**
 * What people do without us, done well. Each says a middle and a band: the quantiles of its own errors over the same past, a week apart, for the same
 * number of days ahead. `linear` is the line of the last 30 days, as budget tools draw it (and `headgate budget` burn rates average it); `chosenLine` and
 * `seasonalNaive` may choose, by those errors, the window or season that suits the account best.
 */

type Past = { readonly sums: Float64Array };
type Middle = (past: Past, origin: number, days: number) => number | null;

/** The straight line: what was spent a day over the last days goes on. */
const LINES: readonly Middle[] = [30, 90, 365].map((window) => ({ sums }: Past, origin: number, days: number) => {
  const known = Math.min(window, origin);
  return known < 7 ? null : ((sums[origin]! - sums[origin - known]!) / known) * days;
});

/** What was, comes again: the last week, the last four weeks, or the last year, day by day. */
const SEASONS: readonly Middle[] = [7, 28, 364].map((season) => ({ sums }: Past, origin: number, days: number) => {
  if (origin < season) return null;
  const [whole, rest] = [Math.floor(days / season), days % season];
  return whole * (sums[origin]! - sums[origin - season]!) + sums[origin - season + rest]! - sums[origin - season]!;
});

export const linear = (past: Past, origin: number, days: number, levels: readonly number[]) => withOwnErrors(LINES.slice(0, 1), past, origin, days, levels);
export const chosenLine = (past: Past, origin: number, days: number, levels: readonly number[]) => withOwnErrors(LINES, past, origin, days, levels);
export const seasonalNaive = (past: Past, origin: number, days: number, levels: readonly number[]) => withOwnErrors(SEASONS, past, origin, days, levels);

function withOwnErrors(choices: readonly Middle[], past: Past, origin: number, days: number, levels: readonly number[]): number[] {
  let best: { middle: number; errors: number[]; loss: number } | null = null;
  for (const choice of choices) {
    const middle = choice(past, origin, days);
    if (middle === null) continue;
    const errors = errorsOf(choice, past, origin, days);
    const loss = errors.length < 8 ? Infinity : errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length;
    if (best === null || loss < best.loss) best = { middle, errors, loss };
  }
  if (best === null) return levels.map(() => 0);
  const { middle } = best;
  const errors = best.errors.length === 0 ? [-middle, 0, middle] : best.errors.toSorted((one, other) => one - other);
  return levels.map((level) => Math.max(0, middle + quantile(errors, level)));
}

function errorsOf(choice: Middle, past: Past, origin: number, days: number): number[] {
  const errors: number[] = [];
  for (let then = origin - days; then >= 0; then -= 7) {
    const said = choice(past, then, days);
    if (said !== null) errors.push(past.sums[then + days]! - past.sums[then]! - said);
  }
  return errors;
}

function quantile(sorted: readonly number[], level: number): number {
  const at = Math.min(Math.max(level * (sorted.length + 1) - 1, 0), sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)]! - sorted[low]!);
}
