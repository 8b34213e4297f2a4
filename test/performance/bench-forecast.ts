/**
 * npm run bench:forecast: how often the forecast's bands hold the truth, and how far it is off against a straight line and a seasonal naive forecast.
 *
 * Accounts of six families of made-up workloads (test/performance/forecast), each forecast at origins four weeks apart over a year, with 120 to 900 days of
 * past at the first, for 7 to 84 days ahead, from nothing but the days before. Loss is the pinball loss over the same quantiles for all three, divided by
 * what the account spends in as many days; a ratio is of the sums. The family "people come and go" was not looked at while the forecast was tuned.
 *
 * --seed N (default 1), --accounts N of each family (default 40), --tuning leaves the unseen family out, --smoke is small and quick: its figures are none.
 */
import { parseArgs } from "node:util";
import { forecast, LEVELS, outlookAt, spendingOf } from "#forecast";
import { chosenLine, linear, seasonalNaive } from "./forecast/baselines.ts";
import { chanceOf } from "./forecast/chance.ts";
import { peopleComeAndGo } from "./forecast/unseen-workload.ts";
import { TUNED, type Workload } from "./forecast/workloads.ts";

const AHEAD = [7, 14, 28, 56, 84];
const ORIGINS = 13;
const ORIGIN_STEP = 28;
const SCORED = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];

type Score = { count: number; in50: number; in80: number; in95: number; ours: number; linear: number; chosen: number; naive: number };
const nothing = (): Score => ({ count: 0, in50: 0, in80: 0, in95: 0, ours: 0, linear: 0, chosen: 0, naive: 0 });

function pinball(quantiles: readonly number[], actual: number): number {
  return (
    SCORED.reduce((sum, level, index) => sum + Math.max(level * (actual - quantiles[index]!), (level - 1) * (actual - quantiles[index]!)), 0) / SCORED.length
  );
}

function scoreAccount(workload: Workload, seed: number, score: Score): void {
  const begun = 120 + Math.floor(chanceOf(seed * 7 + 3).between(0, 780));
  const days = begun + ORIGINS * ORIGIN_STEP + AHEAD.at(-1)!;
  const all = workload(days, seed);
  const { sums } = spendingOf(all);
  const mean = sums[days]! / days;
  if (mean === 0) return;
  for (let one = 0; one < ORIGINS; one++) {
    const origin = begun + one * ORIGIN_STEP;
    const spending = spendingOf(all.slice(0, origin));
    const outlook = outlookAt(spending, origin, AHEAD.at(-1));
    for (const ahead of AHEAD) {
      const actual = sums[origin + ahead]! - sums[origin]!;
      const quantiles = outlook.quantiles(ahead);
      const ours = SCORED.map((level) => quantiles[LEVELS.indexOf(level)]!);
      const scale = mean * ahead;
      const within = (low: number, high: number) => (actual >= ours[low]! && actual <= ours[high]! ? 1 : 0);
      score.count++;
      score.in50 += within(2, 4);
      score.in80 += within(1, 5);
      score.in95 += within(0, 6);
      score.ours += pinball(ours, actual) / scale;
      score.linear += pinball(linear({ sums }, origin, ahead, SCORED), actual) / scale;
      score.chosen += pinball(chosenLine({ sums }, origin, ahead, SCORED), actual) / scale;
      score.naive += pinball(seasonalNaive({ sums }, origin, ahead, SCORED), actual) / scale;
    }
  }
}

/** The median time of a whole forecast to a year ahead, with three years of past. */
function timeOne(): string {
  const times = Array.from({ length: 9 }, (_, index) => {
    const history = TUNED["seasonal"]!(3 * 365, index);
    const begun = performance.now();
    forecast({ history, spentToday: 0, left: 1000, releases: [], standing: [], committed: [], end: 364, factor: 1 });
    return performance.now() - begun;
  });
  return times.toSorted((one, other) => one - other)[4]!.toFixed(0);
}

function main(): void {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      accounts: { type: "string", default: "40" },
      tuning: { type: "boolean", default: false },
      smoke: { type: "boolean", default: false },
    },
  });
  const accounts = values.smoke ? 2 : Number(values.accounts);
  const families = { ...TUNED, ...(values.tuning ? {} : { "people come and go": peopleComeAndGo }) };
  const total = nothing();
  const line = (name: string, score: Score) => {
    const percent = (part: number) => `${((100 * part) / score.count).toFixed(1)} %`.padStart(8);
    const ratio = (other: number) => (score.ours / other).toFixed(3).padStart(8);
    console.log(
      `  ${name.padEnd(20)}${percent(score.in50)} ${percent(score.in80)} ${percent(score.in95)}  ${ratio(score.linear)} ${ratio(score.chosen)} ${ratio(score.naive)}   ${score.count} forecasts`,
    );
  };
  console.log(`  ${"".padEnd(20)}     held by the band of       loss as a part of that of`);
  console.log(`  ${"family".padEnd(20)}    50 %     80 %     95 %      line   chosen    naive`);
  for (const [index, [name, workload]] of Object.entries(families).entries()) {
    const score = nothing();
    for (let account = 0; account < accounts; account++) scoreAccount(workload, Number(values.seed) * 100_000 + index * 1000 + account, score);
    line(name, score);
    for (const key of Object.keys(total) as (keyof Score)[]) total[key] += score[key];
  }
  line("all", total);
  console.log(`  a forecast of one account, three years of past, a year ahead: ${timeOne()} ms`);
  console.log(`coverage80: ${(total.in80 / total.count).toFixed(4)}`);
  console.log(`pinball_vs_linear: ${(total.ours / total.linear).toFixed(4)}`);
  console.log(`pinball_vs_naive: ${(total.ours / total.naive).toFixed(4)}`);
}

main();
