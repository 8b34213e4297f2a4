export { openAccounts, type AccountMembers, type AccountPeople, type Accounts, type AccountsContext, type NewAccount } from "./accounts-service.ts";
export { openBudget, type BudgetContext, type BudgetService } from "./budget-service.ts";
export { openLedger, type LedgerOptions } from "./ledger-service.ts";
export type { FigureQuality, HoldAnswer, HoldAsk, HoldRefusal, Ledger, Origin, ReleaseAnswer, ReleaseAsk, SettleAnswer, SettleAsk } from "./ledger-types.ts";
export { budgetHandlers } from "./routes.ts";
export { ledgerVerifications } from "./verify-store.ts";
