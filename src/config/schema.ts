import { anyKey, KEY_NAMES, variableOf } from "./keys.ts";

type SchemaObject = { type: "object"; additionalProperties: false; properties: Record<string, unknown>; description?: string };

function group(): SchemaObject {
  return { type: "object", additionalProperties: false, properties: {} };
}

/** JSON Schema (2020-12) of the file of settings, for editors and for `headgate schema config`. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const root = group();
  for (const name of KEY_NAMES) {
    const { kind, brief, otherwise } = anyKey(name);
    const parts = name.split(".");
    const last = parts.pop()!;
    let here = root;
    for (const part of parts) here = (here.properties[part] ??= group()) as SchemaObject;
    const without = otherwise === "" ? "" : ` Without it: ${otherwise}.`;
    here.properties[last] = { ...kind.schema, description: `${brief}.${without} Environment: ${variableOf(name)}.` };
  }
  return { $schema: "https://json-schema.org/draft/2020-12/schema", $id: "urn:headgate:schema:config", title: "Headgate settings", ...root };
}
