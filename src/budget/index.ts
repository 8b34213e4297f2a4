export type { ChargeAnswer, ChargeAsk } from "./charge/charge.ts";
export { openAccounts, type Accounts } from "./accounts-service.ts";
export { turnAwards } from "./award/service.ts";
export { openBudget } from "./budget-service.ts";
export { refusalWords } from "./ledger-refusal.ts";
export { openLedger } from "./ledger-service.ts";
export type { HoldAnswer, HoldAsk, Ledger, Origin, ReleaseAnswer, SettleAsk } from "./ledger-types.ts";
export { budgetHandlers } from "./routes.ts";
export { ledgerVerifications } from "./verify-store.ts";
