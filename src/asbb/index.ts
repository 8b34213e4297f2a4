export { asbbError } from "./error.ts";
export { asbbHandlers } from "./routes.ts";
export { openAsbb } from "./service.ts";
export { DOCUMENTED_ROUTES } from "./documented.ts";
