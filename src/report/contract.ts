import { statementRoutes } from "./statement/contract.ts";
import { usageRoutes } from "./usage/contract.ts";

export { type Statement } from "./statement/contract.ts";
export { USAGE_NAMES, usageKind, type UsageReport } from "./usage/contract.ts";

export const reportRoutes = { ...usageRoutes, ...statementRoutes };
