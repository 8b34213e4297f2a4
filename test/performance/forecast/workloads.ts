import { chanceOf, type Chance } from "./chance.ts";

/**
 * What accounts spend day by day, made up: five families that the forecast was tuned on. Each account of a family has its own numbers. The sixth family,
 * in unseen-workload.ts, was written beside them and not looked at before the tuning was done.
 */
export type Workload = (days: number, seed: number) => number[];

const WEEK = 7;
const YEAR = 365;

/** A few jobs a day, and now and then some days on which somebody runs very much. */
const bursty: Workload = (days, seed) => {
  const chance = chanceOf(seed);
  const [level, between, height, length] = [chance.between(0.4, 3), chance.between(15, 45), chance.between(4, 12), chance.between(2, 8)];
  let left = 0;
  return daily(days, () => {
    if (left <= 0 && chance.happens(1 / between)) left = Math.ceil(chance.exponential(length));
    left--;
    return chance.jobs(left >= 0 ? level * height : level, 1);
  });
};

/** Weekdays, terms, examinations and holidays, from a day of the year on that is the account's own; years differ. */
const seasonal: Workload = (days, seed) => {
  const chance = chanceOf(seed);
  const [start, level, weekend] = [Math.floor(chance.between(0, YEAR)), chance.between(2, 12), chance.between(0.1, 0.5)];
  const [summer, rush] = [chance.between(0.15, 0.7), chance.between(1.2, 2.4)];
  let year = chance.logNormal(0.15);
  return daily(days, (day) => {
    const date = (start + day) % YEAR;
    if (date === 0) year = chance.logNormal(0.15);
    return chance.jobs(level * year * (day % WEEK >= 5 ? weekend : 1) * termFactor(date, summer, rush), 0.9);
  });
};

function termFactor(date: number, summer: number, rush: number): number {
  if (date < 10 || date >= 355) return 0.1;
  if (date >= 165 && date < 245) return summer;
  return (date >= 125 && date < 150) || (date >= 325 && date < 350) ? rush : 1;
}

/** People come and leave: the level changes all at once, some times a year, and stays. */
const stepped: Workload = (days, seed) => {
  const chance = chanceOf(seed);
  const [base, stay, weekend] = [chance.between(2, 10), chance.between(60, 240), chance.between(0.4, 1)];
  let [level, next] = [base * chance.logNormal(0.7), chance.exponential(stay)];
  return daily(days, (day) => {
    if (day >= next) [level, next] = [base * chance.logNormal(0.7), day + Math.max(14, chance.exponential(stay))];
    return chance.jobs(level * (day % WEEK >= 5 ? weekend : 1), 0.9);
  });
};

/** Whole weeks without a job, and weeks of work; both tend to go on. */
const idleWeeks: Workload = (days, seed) => {
  const chance = chanceOf(seed);
  const [level, falls, rises] = [chance.between(1, 8), chance.between(0.08, 0.3), chance.between(0.25, 0.6)];
  let active = true;
  return daily(days, (day) => {
    if (day % WEEK === 0) active = chance.happens(active ? 1 - falls : rises);
    return active ? chance.jobs(level, 1) : 0;
  });
};

/** Deadlines on nearly the same days of each year: the weeks before them are full, those behind them quiet. */
const deadlineRush: Workload = (days, seed) => {
  const chance = chanceOf(seed);
  const [level, height, ramp] = [chance.between(1, 6), chance.between(3, 9), chance.between(12, 35)];
  const count = 1 + Math.floor(chance.between(0, 2.999));
  const first = chance.between(0, YEAR);
  const deadlines: number[] = [];
  for (let year = -1; year * YEAR < days + YEAR; year++)
    for (let one = 0; one < count; one++) deadlines.push(first + year * YEAR + (one * YEAR) / count + chance.between(-5, 5));
  return daily(days, (day) => {
    const ahead = Math.min(...deadlines.map((deadline) => (deadline >= day ? deadline - day : Infinity)));
    const behind = Math.min(...deadlines.map((deadline) => (deadline < day ? day - deadline : Infinity)));
    const factor = behind < 20 ? 0.3 : 1;
    return chance.jobs(level * (factor + (height - 1) * Math.exp(-ahead / (ramp / 2))), 0.9);
  });
};

function daily(days: number, spend: (day: number) => number): number[] {
  return Array.from({ length: days }, (_, day) => spend(day));
}

export const TUNED: Readonly<Record<string, Workload>> = { bursty, seasonal, stepped, "idle weeks": idleWeeks, "deadline rush": deadlineRush };
export type { Chance };
