import type { ForecastView, forecastRoutes } from "#forecast/contract";
import { instant, instantToIso, micros, microsToDecimal, Problem, systemClock, type Handlers, type Micros } from "#kernel";
import { freeOf } from "./money.ts";
import { accountsOf, type World } from "./world.ts";

const DAY_MS = 86_400_000;
const DAYS = 60;
/** What the middle of the mock's forecast is spread by, for each level. */
const SPREAD = { p2_5: 55n, p10: 72n, p25: 86n, p50: 100n, p75: 117n, p90: 138n, p97_5: 170n } as const;

/** An account that spends what it has in a month and a half, with bands around that: a shape to look at, no forecast. */
export function forecastHandlers(world: World): Handlers<typeof forecastRoutes> {
  return {
    ofAccount: async ({ person, params, query }) => {
      const account = world.ledger.accounts.find((one) => one.name === params.account && accountsOf(world, person.name).includes(one.name));
      if (account === undefined) throw new Problem("budget.account-unknown", { detail: `There is no account "${params.account}".` });
      const now = systemClock.now();
      const today = instantToIso(now).slice(0, 10);
      const dateOf = (day: number) => instantToIso(instant(Date.parse(today) + day * DAY_MS)).slice(0, 10);
      const left = micros(freeOf(account) + account.reserved);
      const perDay = left / 45n;
      const path = Array.from({ length: DAYS + 1 }, (_, day) => ({ date: dateOf(day), left: microsToDecimal(left), ...quantiles(perDay, day + 1) }));
      const out = (level: keyof typeof SPREAD) => path.find((row) => Number(row[level]) > Number(row.left))?.date ?? null;
      const runsOut = { p10: out("p90"), p50: out("p50"), p90: out("p10") };
      const view: ForecastView = {
        account: account.name,
        unit: "USD",
        as_of: instantToIso(now),
        zone: query.zone,
        sentence: "At this pace the money probably runs out before the end (74 %).",
        today,
        end_date: dateOf(DAYS),
        end_of: "default",
        left: microsToDecimal(left),
        limited_by: account.name,
        runs_out: runsOut,
        lasts: 0.26,
        bands_wide_because: null,
        track_record: { days_ahead: 56, forecasts: 47, separate: 7, held_50: 25, held_80: 37, held_95: 45 },
        assumptions: [],
        history_days: 400,
        past: Array.from({ length: 40 }, (_, back) => ({
          date: dateOf(back - 40),
          spend: microsToDecimal(micros((perDay * BigInt(60 + ((back * 37) % 80))) / 100n)),
        })),
        path,
      };
      return view;
    },
  };
}

function quantiles(perDay: bigint, days: number): { readonly [Level in keyof typeof SPREAD]: string } {
  const at = (percent: bigint): string => microsToDecimal(micros((perDay * BigInt(days) * percent) / 100n) satisfies Micros);
  return {
    p2_5: at(SPREAD.p2_5),
    p10: at(SPREAD.p10),
    p25: at(SPREAD.p25),
    p50: at(SPREAD.p50),
    p75: at(SPREAD.p75),
    p90: at(SPREAD.p90),
    p97_5: at(SPREAD.p97_5),
  };
}
