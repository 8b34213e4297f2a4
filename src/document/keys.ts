import type { z } from "zod";

type Definition = {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: z.core.$ZodType[];
  readonly discriminator?: string;
  readonly getter?: () => z.core.$ZodType;
  readonly shape?: Record<string, z.core.$ZodType>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
};

function definition(schema: z.core.$ZodType): Definition {
  return schema._zod.def;
}

/** The schemas that may hold for a value, through the wrappers zod puts around them. */
function unwrap(schema: z.core.$ZodType, value: unknown): z.core.$ZodType[] {
  const def = definition(schema);
  if (def.type === "union" && def.options !== undefined) return branches(def.options, def.discriminator, value);
  if (def.type === "pipe" && def.in !== undefined) return unwrap(def.in, value);
  if (def.type === "lazy" && def.getter !== undefined) return unwrap(def.getter(), value);
  if (def.innerType !== undefined) return unwrap(def.innerType, value);
  return [schema];
}

/** Where the value says by its discriminator which branch it is, only that one; else all. */
function branches(options: readonly z.core.$ZodType[], discriminator: string | undefined, value: unknown): z.core.$ZodType[] {
  const all = options.flatMap((option) => unwrap(option, value));
  if (discriminator === undefined) return all;
  const name = at(value, discriminator);
  const meant = all.filter((option) => {
    const literal = definition(option).shape?.[discriminator];
    return literal?._zod.values?.has(name as string) === true;
  });
  return meant.length > 0 ? meant : all;
}

function at(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
}

function child(schema: z.core.$ZodType, key: string | number, value: unknown): z.core.$ZodType[] {
  const def = definition(schema);
  const next = def.type === "object" ? def.shape?.[String(key)] : def.type === "array" ? def.element : def.valueType;
  return next === undefined ? [] : unwrap(next, value);
}

/** The keys that a schema knows at a path of a value, over the branches of its unions that the value may mean; empty where anything goes. */
export function knownKeys(schema: z.core.$ZodType, path: readonly (string | number)[], value: unknown): string[] {
  let here = unwrap(schema, value);
  let inner = value;
  for (const key of path) {
    inner = at(inner, key);
    const reached = inner;
    here = here.flatMap((one) => child(one, key, reached));
  }
  return [...new Set(here.flatMap((one) => Object.keys(definition(one).shape ?? {})))];
}
