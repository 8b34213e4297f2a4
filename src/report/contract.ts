import { usageRoutes } from "./usage/contract.ts";

export { USAGE_NAMES, usageKind, type UsageReport } from "./usage/contract.ts";

export const reportRoutes = { ...usageRoutes };
