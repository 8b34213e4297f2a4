import { valueFaults } from "#document";
import { Problem, type Route } from "#kernel";
import { asZod } from "./mount.ts";

/** What a request brings, before it is checked. */
export type RawInput = { readonly params: unknown; readonly query: unknown; readonly body: unknown };

const PARTS = [
  { key: "params", words: "the path" },
  { key: "query", words: "the query" },
  { key: "body", words: "the body" },
] as const;

/** The parameters, query and body by the route's schemas. Throws `input.invalid` with every fault of the first part that has any. */
export function parseInput(route: Route, raw: RawInput): RawInput {
  const parsed: Record<(typeof PARTS)[number]["key"], unknown> = { params: undefined, query: undefined, body: undefined };
  for (const { key, words } of PARTS) {
    const schema = route[key];
    if (schema === undefined) continue;
    const zod = asZod(schema);
    // No body at all is an empty one: the answer then names the keys that are missing.
    const value = raw[key] === undefined ? {} : raw[key];
    const result = zod.safeParse(value);
    if (!result.success) {
      const faults = valueFaults(result.error.issues, value, zod);
      const count = faults.length === 1 ? "one fault" : `${faults.length} faults`;
      throw new Problem("input.invalid", { detail: `${count} in ${words} of ${route.method} ${route.path}: ${faults[0]?.message ?? "not valid"}`, faults });
    }
    parsed[key] = result.data;
  }
  return parsed;
}
