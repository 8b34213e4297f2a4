export { renderCliReference } from "./reference.ts";
export { SCHEMA_NAMES, schemaOf } from "./schemas.ts";
