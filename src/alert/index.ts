export { alertWork, type AlertWork } from "./work-service.ts";
export { alertHandlers } from "./routes.ts";
export { openAlerts, type AlertsService } from "./service.ts";
export { openChannels, type ChannelSettings } from "./use-channels.ts";
