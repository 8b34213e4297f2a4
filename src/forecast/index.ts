export { spendingOf } from "./experts.ts";
export { forecast } from "./forecast.ts";
export { LEVELS } from "./quantiles.ts";
export { forecastHandlers } from "./routes.ts";
export { openForecasts } from "./service.ts";
export { outlookAt } from "./track-record.ts";
