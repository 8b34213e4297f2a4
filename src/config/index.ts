export type { Config } from "./config.ts";
export { exampleConfig } from "./example.ts";
export { configPath, type KeyName, type Surroundings } from "./keys.ts";
export { formatAddress, type Address } from "./kinds.ts";
export { loadConfig } from "./config-service.ts";
export { resolveConfig, type FileTexts, type FlagTexts, type Origin, type ResolvedConfig, type Setting } from "./resolve.ts";
export { configJsonSchema } from "./schema.ts";
