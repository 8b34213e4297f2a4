import type { Handlers } from "#kernel";
import type { forecastRoutes } from "./contract.ts";
import type { ForecastService } from "./service.ts";

export function forecastHandlers(forecasts: ForecastService): Handlers<typeof forecastRoutes> {
  return { ofAccount: ({ person, params, query }) => forecasts.forecastOf(person, params.account, query) };
}
