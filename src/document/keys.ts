import type { z } from "zod";

/** The schema of what lies under one key or index, through the wrappers zod puts around it. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = schema._zod.def as unknown as { type: string; innerType?: z.core.$ZodType; in?: z.core.$ZodType; options?: z.core.$ZodType[]; getter?: () => z.core.$ZodType };
  if (def.type === "union" && def.options !== undefined) return def.options.flatMap(unwrap);
  if (def.type === "pipe" && def.in !== undefined) return unwrap(def.in);
  if (def.type === "lazy" && def.getter !== undefined) return unwrap(def.getter());
  if (def.innerType !== undefined) return unwrap(def.innerType);
  return [schema];
}

function child(schema: z.core.$ZodType, key: string | number): z.core.$ZodType[] {
  const def = schema._zod.def as unknown as { type: string; shape?: Record<string, z.core.$ZodType>; element?: z.core.$ZodType; valueType?: z.core.$ZodType };
  const next = def.type === "object" ? def.shape?.[String(key)] : def.type === "array" ? def.element : def.valueType;
  return next === undefined ? [] : unwrap(next);
}

/** The keys that a schema knows at a path, over all branches of its unions; empty where anything goes. */
export function knownKeys(schema: z.core.$ZodType, path: readonly (string | number)[]): string[] {
  let here = unwrap(schema);
  for (const key of path) here = here.flatMap((one) => child(one, key));
  return [...new Set(here.flatMap((one) => Object.keys((one._zod.def as unknown as { shape?: object }).shape ?? {})))];
}
