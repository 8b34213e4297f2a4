import type { Wire } from "#cli";
import { databaseTools } from "./wire/database-tools.ts";
import { serve } from "./wire/serve-door.ts";
import { start } from "./wire/start.ts";
import { work } from "./wire/work.ts";

/** The real parts, built and handed to each other. The doors load this only when they need them. */
export const wire: Wire = { serve, work, start, openDatabaseTools: databaseTools };
