import { appJsonSchema } from "#app";
import { issuersJsonSchema } from "#access";
import { configJsonSchema } from "#config";
import { jobFileJsonSchema } from "#job";
import { labJsonSchema } from "#lab";

/** The files that people write. */
export const SCHEMA_NAMES = ["job", "app", "lab", "config", "issuers"] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

/** JSON Schema (2020-12) of a file that people write. */
export async function schemaOf(name: SchemaName): Promise<Readonly<Record<string, unknown>>> {
  switch (name) {
    case "job":
      return jobFileJsonSchema();
    case "app":
      return await appJsonSchema();
    case "lab":
      return labJsonSchema();
    case "config":
      return configJsonSchema();
    case "issuers":
      return issuersJsonSchema();
  }
}
