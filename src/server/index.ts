export { openLog, type LogOptions } from "./log.ts";
export type { ListenSettings } from "./exposure.ts";
export type { GaugePort } from "./metrics.ts";
export { mount, type Mounted } from "./mount.ts";
export { emitOpenApi } from "./openapi.ts";
export type { ReadyCheck } from "./server-handlers.ts";
export { startServer, type RunningServer, type ServerPorts, type ServerSettings } from "./start-server.ts";
export { claimState, type StateClaim } from "./state-claim.ts";
