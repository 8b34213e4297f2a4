import { useQuery } from "@tanstack/react-query";
import { useId, useState, type PointerEvent } from "react";
import type { AccountView } from "#budget/contract";
import { forecastRoutes, type ForecastView } from "#forecast/contract";
import { useAskEvery } from "../api/live.ts";
import { asProblem } from "../api/problem.ts";
import { POLL_MS } from "../api/query-client.ts";
import { routeQuery } from "../api/route-query.ts";
import { showAmount } from "../ui/amount.ts";
import { ProblemNotice } from "../ui/notice.tsx";
import { bandPath, burnDays, dayTowards, linePath, scaleOf, type BurnDay } from "./burn-days.ts";
import styles from "./burn-down.module.css";

/** What is left of one account: as it was, and as it will be, with the bands of the forecast and the days on which it runs out. */
export function BurnDown({ account }: { account: AccountView }) {
  const id = useId();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const forecast = useQuery({
    ...routeQuery(forecastRoutes.ofAccount, { params: { account: account.name }, query: { zone } }),
    refetchInterval: useAskEvery(POLL_MS),
  });
  const failed = forecast.isError && forecast.data === undefined;
  const ended = failed && asProblem(forecast.error).code === "budget.ended";
  return (
    <section aria-labelledby={id} className={styles.section}>
      <h2 id={id}>What {account.name} has left</h2>
      {ended && <p className="hg-quiet">Its last day is over: there is nothing to foresee.</p>}
      {failed && !ended && <ProblemNotice error={forecast.error} retry={() => void forecast.refetch()} />}
      {forecast.data !== undefined && <Chart view={forecast.data} />}
    </section>
  );
}

function Chart({ view }: { view: ForecastView }) {
  const days = burnDays(view);
  const today = days.findIndex((day) => day.kind === "ahead");
  const [chosen, setChosen] = useState<string | null>(null);
  const found = days.findIndex((day) => day.date === chosen);
  const index = found === -1 ? today : found;
  const day = days[index]!;
  const { x, most } = scaleOf(days);
  const follow = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = (1000 * (event.clientX - box.left)) / Math.max(1, box.width);
    const nearest = days.reduce((best, one) => (Math.abs(x(one.at) - at) < Math.abs(x(best.at) - at) ? one : best), days[0]!);
    setChosen(nearest.date);
  };
  return (
    <div className={styles.sheet}>
      <p className={styles.sentence}>{view.sentence}</p>
      <p className="hg-quiet">{recordWords(view)}</p>
      <div className={styles.plot} onPointerMove={follow}>
        <span className={styles.most}>{showAmount(most, view.unit)}</span>
        <Drawing view={view} days={days} day={day} />
      </div>
      <input
        type="range"
        className={styles.range}
        min={days[0]!.at}
        max={days.at(-1)!.at}
        value={day.at}
        aria-label="Day"
        aria-valuetext={dayWords(day, view)}
        onChange={(event) => setChosen(dayTowards(days, day, Number(event.currentTarget.value)).date)}
      />
      <div className={styles.axis}>
        <span>{dateOf(days[0]!.date)}</span>
        <span>{dateOf(view.end_date)}</span>
      </div>
      <p className={styles.reading} aria-live="off">
        {dayWords(day, view)}
      </p>
      <Key />
      {view.assumptions.length > 0 && <Assumptions view={view} />}
      <Table view={view} days={days} />
    </div>
  );
}

function Drawing({ view, days, day }: { view: ForecastView; days: readonly BurnDay[]; day: BurnDay }) {
  const { x, y } = scaleOf(days);
  const [early, late] = [dayAt(days, view.runs_out.p10), dayAt(days, view.runs_out.p90) ?? days.at(-1)!.at];
  const now = x(days.find((one) => one.kind === "ahead")!.at);
  return (
    <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" role="img" aria-label={`What is left. ${view.sentence}`} className={styles.drawing}>
      <path d={bandPath(days, "band95")} className={styles.band95} />
      <path d={bandPath(days, "band80")} className={styles.band80} />
      <path d={bandPath(days, "band50")} className={styles.band50} />
      <path d={linePath(days, "past")} className={styles.past} />
      <path d={linePath(days, "ahead")} className={styles.middle} />
      <line x1={now} x2={now} y1={0} y2={1000} className={styles.today} />
      {early !== null && <line x1={x(early)} x2={Math.max(x(late), x(early) + 4)} y1={1000} y2={1000} className={styles.out} />}
      <line x1={x(day.at)} x2={x(day.at)} y1={0} y2={1000} className={styles.cursor} />
      <line x1={x(day.at)} x2={x(day.at)} y1={y(day.left)} y2={y(day.left)} className={styles.point} />
    </svg>
  );
}

/** Where a date stands, in days from today; the nearest day of the chart on or after it. */
function dayAt(days: readonly BurnDay[], date: string | null): number | null {
  return date === null ? null : (days.find((one) => one.date >= date)?.at ?? null);
}

function Key() {
  const parts = [
    [styles.keyPast, "what was left"],
    [styles.keyMiddle, "the middle"],
    [styles.key50, "50 %"],
    [styles.key80, "80 %"],
    [styles.key95, "95 %"],
    [styles.keyOut, "runs out (80 %)"],
  ] as const;
  return (
    <ul className={styles.key} aria-label="What the chart shows">
      {parts.map(([mark, name]) => (
        <li key={name}>
          <span aria-hidden="true" className={mark} />
          {name}
        </li>
      ))}
    </ul>
  );
}

function Assumptions({ view }: { view: ForecastView }) {
  return (
    <ul className={styles.assumed} aria-label="Assumed">
      {view.assumptions.map(({ what, formula }) => (
        <li key={what}>
          {what} <span className="hg-quiet">({formula})</span>
        </li>
      ))}
    </ul>
  );
}

function Table({ view, days }: { view: ForecastView; days: readonly BurnDay[] }) {
  const money = (amount: string) => showAmount(amount, view.unit);
  return (
    <details className={styles.details}>
      <summary>The same as a table</summary>
      <div className={styles.scroll}>
        <table className={styles.table} aria-label={`What ${view.account} has left, day by day`}>
          <thead>
            <tr>
              <th scope="col">End of</th>
              <th scope="col">Left</th>
              <th scope="col">50 %</th>
              <th scope="col">80 %</th>
              <th scope="col">95 %</th>
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <tr key={day.date}>
                <th scope="row">{day.date}</th>
                <td>{money(day.left)}</td>
                {(["band50", "band80", "band95"] as const).map((band) => (
                  <td key={band}>{day.kind === "past" ? "" : `${money(day[band][0])} to ${money(day[band][1])}`}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function dayWords(day: BurnDay, view: ForecastView): string {
  const money = (amount: string) => showAmount(amount, view.unit);
  if (day.kind === "past") return `${dateOf(day.date)}: ${money(day.left)} was left.`;
  return `${dateOf(day.date)}: ${money(day.left)} left in the middle, ${money(day.band80[0])} to ${money(day.band80[1])} (80 %).`;
}

function recordWords(view: ForecastView): string {
  const record = view.track_record;
  const wide = view.bands_wide_because === null ? "" : ` The bands are wide: ${view.bands_wide_because}.`;
  if (record === null) return `How often its forecasts are right cannot be told yet.${wide}`;
  const percent = Math.round((100 * record.held_80) / record.forecasts);
  return `In ${record.forecasts} earlier forecasts of ${record.days_ahead} days, ${record.separate} of which do not overlap, the 80 % band held the truth ${percent} % of the time.${wide}`;
}

/** A date of the wire is a day of the reader's own zone already. */
function dateOf(date: string): string {
  return new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}
