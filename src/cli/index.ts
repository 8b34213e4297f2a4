export type { Demonstrated, DemonstrationJob } from "./demonstration.ts";
export type { DatabaseTools, Running, Started, StartOptions, Wire } from "./ports.ts";
export { oldLines } from "./old-names/index.ts";
export { renderCliReference } from "./reference.ts";
export { SCHEMA_NAMES, schemaOf, type SchemaName } from "./schemas.ts";
