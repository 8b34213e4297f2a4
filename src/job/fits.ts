import { formatMoney, seconds, type Micros, type MoneyUnit, type Seconds } from "#kernel";
import { longestAffordable, type PlannedJob } from "./plan-job.ts";

export type Fit = { readonly change: string; readonly atMost: Micros };

/** The way to the price of a changed job; `null` where the app does not allow the change. */
export type Reprice = (change: { readonly timeLimit?: Seconds; readonly tasks?: number }) => Promise<Micros>;

/** What could be typed so that a refused job fits into what is available: a shorter time limit that the job may still keep, or fewer tasks. */
export async function whatWouldFit(
  plan: PlannedJob,
  indices: readonly number[] | null,
  throttle: number | null,
  available: Micros,
  likelyMs: number | null,
  reprice: Reprice,
): Promise<Fit[]> {
  if (available <= 0n) return [];
  const fits: Fit[] = [];
  const limit = await shorterLimit(plan, available, reprice);
  if (limit !== null && (likelyMs === null || likelyMs <= limit * 1000))
    fits.push({ change: `--time-limit ${limitText(limit)}`, atMost: await reprice({ timeLimit: limit }) });
  if (indices !== null) {
    const one = await reprice({ tasks: 1 });
    const tasks = one === 0n ? indices.length : Number(available / one);
    const spec = tasks >= 1 && tasks < indices.length ? firstTasks(indices, tasks, throttle) : null;
    if (spec !== null) fits.push({ change: `--array ${spec}`, atMost: await reprice({ tasks }) });
  }
  return fits;
}

/** The price rises evenly with time, so two prices say where it meets what is available. */
async function shorterLimit(plan: PlannedJob, available: Micros, reprice: Reprice): Promise<Seconds | null> {
  const [whole, least] = [await reprice({ timeLimit: plan.timeLimit }), await reprice({ timeLimit: seconds(1) })];
  if (plan.timeLimit <= 1 || whole <= available) return null;
  const perSecond = Number(whole - least) / (plan.timeLimit - 1);
  const limit = longestAffordable(plan.timeLimit, (timeLimit) => Number(least) + perSecond * (timeLimit - 1) <= Number(available));
  // A rounded price may lie a millionth above the line between the two.
  return limit !== null && (await reprice({ timeLimit: limit })) <= available ? limit : null;
}

/** The first tasks of an array in the shortest writing; null when they do not follow each other evenly. */
function firstTasks(indices: readonly number[], tasks: number, throttle: number | null): string | null {
  const [first, last] = [indices[0]!, indices[tasks - 1]!];
  const step = tasks === 1 ? 1 : indices[1]! - first;
  const even = indices.slice(0, tasks).every((index, place) => index === first + place * step);
  if (!even) return null;
  const range = tasks === 1 ? `${first}` : step === 1 ? `${first}-${last}` : `${first}-${last}:${step}`;
  return throttle === null ? range : `${range}%${throttle}`;
}

function limitText(limit: Seconds): string {
  const [hours, minutes, rest] = [Math.floor(limit / 3600), Math.floor(limit / 60) % 60, limit % 60];
  return `${hours === 0 ? "" : `${hours}h`}${minutes === 0 ? "" : `${minutes}m`}${rest === 0 ? "" : `${rest}s`}`;
}

export function fitWords(fits: readonly Fit[], unit: MoneyUnit): string {
  return fits.map((fit) => `${fit.change} (at most ${formatMoney(fit.atMost, unit)})`).join(", or ");
}
