import type { Accounts, SpendingFacts } from "#budget";
import { addDays, daysFrom } from "#budget";
import type { Database } from "#db";
import type { ForecastView } from "#forecast/contract";
import { micros, parseMicros, Problem, ZERO_MICROS, type Clock, type Micros } from "#kernel";
import { anomalyOf, USUAL_DAYS } from "./anomaly.ts";
import type { Found } from "./message.ts";
import * as store from "./store.ts";

/** What has to be known of accounts whose rules are not about balances. Of an account that has ended there is no forecast. */
export type MeasurePorts = {
  readonly db: Database;
  readonly clock: Clock;
  readonly source: string;
  readonly accounts: Pick<Accounts, "get">;
  readonly spendingFacts: (account: string) => Promise<SpendingFacts>;
  readonly forecast: (account: string) => Promise<ForecastView>;
};

type Measured = { readonly value: number; readonly found: Found };

const RULES_AT_ONCE = 500;
/** A week that nobody has seen the account says too little of it. */
const FORECAST_DAYS_MIN = 7;
/** Money that outlasts the account runs out beyond every threshold. */
const NEVER_DAYS = 1_000_000;

/**
 * Measures what rules of forecasts and anomalies are about; gives how many rang or were cleared. An account that cannot be measured keeps no other from it: what went wrong first is thrown when
 * all were looked at.
 */
export async function measureAll(ports: MeasurePorts): Promise<number> {
  let [changed, after] = [0, ""];
  const faults: unknown[] = [];
  for (;;) {
    const rules = await store.listRules(ports.db, { accounts: null, after, limit: RULES_AT_ONCE });
    const byAccount = Map.groupBy(
      rules.filter(({ measure }) => measure !== "spent" && measure !== "committed"),
      ({ account }) => account,
    );
    for (const [account, some] of byAccount) {
      changed += await measureAccount(ports, account, some).catch((error: unknown) => {
        faults.push(error);
        return 0;
      });
    }
    const last = rules.at(-1);
    if (rules.length < RULES_AT_ONCE || last === undefined) break;
    after = `${last.account}/${last.measure}/${last.threshold}`;
  }
  if (faults.length > 0) throw faults[0];
  return changed;
}

async function measureAccount(ports: MeasurePorts, account: string, rules: readonly store.Rule[]): Promise<number> {
  const has = (measure: store.Rule["measure"]) => rules.some((rule) => rule.measure === measure);
  const anomaly = has("anomaly") ? dayMeasured(await ports.spendingFacts(account)) : null;
  const forecast = has("projected") || has("runs-out") ? await forecastOf(ports, account) : null;
  let changed = 0;
  for (const rule of rules) {
    const measured = rule.measure === "anomaly" ? anomaly : rule.measure === "projected" ? forecast?.projected : forecast?.runsOut;
    if (measured != null && (await store.measured(ports.db, rule.id, measured.value, measured.found, ports.source, ports.clock.now()))) changed += 1;
  }
  return changed;
}

/** Today, as far as it is over, against the days before it. */
function dayMeasured({ daily, today, first }: SpendingFacts): Measured | null {
  const spent = new Map(daily.map(({ day, amount }) => [day, amount]));
  const length = Math.min(USUAL_DAYS, Math.max(0, daysFrom(first, today) - 1));
  const before = Array.from({ length }, (_, index) => spent.get(addDays(today, index - length)) ?? ZERO_MICROS);
  const amount = spent.get(today) ?? ZERO_MICROS;
  const anomaly = anomalyOf(before, amount);
  if (anomaly === null) return null;
  return { value: anomaly.value, found: { day: today, amount: String(amount), usual: String(anomaly.usual), spread: String(anomaly.spread) } };
}

async function forecastOf(ports: MeasurePorts, account: string): Promise<{ readonly projected: Measured | null; readonly runsOut: Measured } | null> {
  const view = await ports.forecast(account).catch((error: unknown) => {
    if (error instanceof Problem && error.code === "budget.ended") return null;
    throw error;
  });
  if (view === null || view.history_days < FORECAST_DAYS_MIN) return null;
  const { allocated, spent } = await ports.accounts.get(account);
  const day = view.runs_out.p50;
  const days = day === null ? NEVER_DAYS : daysFrom(view.today, day) - 1;
  const runsOut = { value: days, found: { ...(day === null ? {} : { day }), end: view.end_date } };
  const last = view.path.at(-1);
  if (last === undefined || allocated === 0n) return { projected: null, runsOut };
  // The path counts from the morning on.
  const today = amount(view.past.find(({ date }) => date === view.today)?.spend ?? "0");
  const end = micros(spent - today + amount(last.p50));
  return {
    projected: { value: (Number(end) * 100) / Number(allocated), found: { end: view.end_date, amount: String(end), allocated: String(allocated) } },
    runsOut,
  };
}

function amount(text: string): Micros {
  return parseMicros(text) ?? ZERO_MICROS;
}
