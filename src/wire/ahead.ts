import type { Access } from "#access";
import { alertHandlers, alertWork, openAlerts, openChannels, type AlertsService, type AlertWork, type ChannelSettings } from "#alert";
import { alertRoutes } from "#alert/contract";
import { openSpendingFacts, type Accounts } from "#budget";
import type { Database } from "#db";
import { forecastHandlers, openForecasts } from "#forecast";
import { forecastRoutes } from "#forecast/contract";
import type { Clock, Person, Randomness } from "#kernel";
import { mount, type Mounted } from "#server";

type Parts = {
  readonly db: Database;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly source: string;
  readonly accounts: Accounts;
  readonly access: Access;
};

/** Headgate looks at every account that is watched, for whoever set the rule. Its days are days in UTC. */
const ITSELF: Person = { name: "headgate", admin: true };
const ZONE = "UTC";

export type Ahead = { readonly alerts: AlertsService; readonly work: AlertWork; readonly mounted: readonly Mounted[] };

/** What looks ahead: forecasts, and the alerts that ring by them. */
export function wireAhead(parts: Parts, settings: ChannelSettings): Ahead {
  const { db, clock, source, accounts, access } = parts;
  const spendingFacts = openSpendingFacts({ db, clock, accounts, people: access.people });
  const forecasts = openForecasts({ spendingFacts });
  const channels = openChannels(settings, clock);
  const alerts = openAlerts({ db, clock, source, accounts, viewer: access.people.viewer, channels });
  return {
    alerts,
    work: alertWork({
      ...parts,
      channels,
      spendingFacts: (account) => spendingFacts(ITSELF, account, ZONE),
      forecast: (account) => forecasts.forecastOf(ITSELF, account, { zone: ZONE }),
    }),
    mounted: [...mount(forecastRoutes, forecastHandlers(forecasts)), ...mount(alertRoutes, alertHandlers(alerts))],
  };
}
