export { openReports } from "./report-service.ts";
export { reportHandlers } from "./routes.ts";
export { reportVerifications, rollUpUsage } from "./usage/store.ts";
