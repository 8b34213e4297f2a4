import { budgetRoutes } from "#budget/contract";
import { forecastRoutes } from "#forecast/contract";
import type { RunOf } from "../command.ts";
import { money } from "../format.ts";
import { renderPairs } from "../table.ts";
import { forecastText } from "./budget-forecast-text.ts";
import type { burnRateTakes, forecastTakes } from "./budget-forecast.ts";

/*
 * With -o json forecast gives the answer of GET /api/v1/forecast/:account, burn-rate that of GET /api/v1/burn-rate/:account and with --projection
 * `{ burn_rate, forecast }`.
 */

export const showForecast: RunOf<typeof forecastTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const query = { ...flags, zone: ownZone() };
  const answer = await client.call(forecastRoutes.ofAccount, { params: { account: args.account }, query });
  await context.output.show(answer, (view) => forecastText(answer, view));
};

export const showBurnRate: RunOf<typeof burnRateTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const rate = await client.call(budgetRoutes.burnOfAccount, { params: { account: args.account } });
  const forecast = flags.projection ? await client.call(forecastRoutes.ofAccount, { params: { account: args.account }, query: { zone: ownZone() } }) : null;
  const amount = (text: string | null) => (text === null ? null : money(text, rate.unit));
  await context.output.show(
    forecast === null ? rate : { burn_rate: rate, forecast },
    (view) =>
      `${view.style.bold(rate.account)}  ${rate.status.toLowerCase().replaceAll("_", " ")}${rate.health_score === null ? "" : `, health ${rate.health_score} of 100`}\n${renderPairs(
        [
          ["last 7 days", `${amount(rate.average_7_days)} a day`],
          ["last 30 days", `${amount(rate.average_30_days)} a day`],
          ["even spending", rate.daily_expected === null ? null : `${amount(rate.daily_expected)} a day to ${rate.end_date}`],
          ["spent", amount(rate.cumulative_spend)],
          ["expected by now", amount(rate.cumulative_expected)],
          ["variance", rate.variance_percent === null ? null : `${rate.variance_percent} %`],
        ],
        view.style,
        "  ",
      )}${forecast === null ? "" : `\n${forecastText(forecast, view)}`}`,
  );
};

/** The reader's time zone, whose days are counted. */
function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
