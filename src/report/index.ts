export { digestText } from "./digest/digest.ts";
export { bannerLine } from "./look/banner.ts";
export { oodBalances } from "./look/ood.ts";
export { openReports } from "./report-service.ts";
export { reportHandlers } from "./routes.ts";
export { statementCsv } from "./statement/csv.ts";
export { sectionWords } from "./statement/statement.ts";
export { statementPdf } from "./statement/use-pdf.ts";
export { reportVerifications, rollUpUsage } from "./usage/store.ts";
