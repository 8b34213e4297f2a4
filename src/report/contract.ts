import { lookRoutes } from "./look/contract.ts";
import { transactionRoutes } from "./transaction/contract.ts";
import { statementRoutes } from "./statement/contract.ts";
import { usageRoutes } from "./usage/contract.ts";

export type { ChargeWhy } from "./look/contract.ts";
export type { OldTransaction } from "./transaction/contract.ts";
export { type Statement } from "./statement/contract.ts";
export { USAGE_NAMES, usageKind, type UsageReport } from "./usage/contract.ts";

export const reportRoutes = { ...usageRoutes, ...statementRoutes, ...lookRoutes, ...transactionRoutes };
